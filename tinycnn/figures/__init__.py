"""Draws what the other packages compute: Fig. 1-3, Tables II and III, and the charts of a study.

Every function takes plain arrays and lists and returns a matplotlib Figure; `save` writes it. All
that people read counts layers and units from 1, as the paper does.
"""

from ..gradients import feature_name, gradient_text, layer_and_unit, layers_of
from ..output.csv_file import write_csv
from ..output.page import Section, write_report
from .circles import draw_circles
from .control_bands import knockout_controls
from .exercise_sheet import worksheet
from .fig1_maps import feature_maps
from .fig2_errors import knockout_errors
from .fig3_flow import prediction_flow
from .gate_predictions import first_order
from .growth_curves import growth
from .interval_rows import intervals
from .learning_curves import training_curve
from .measure_bars import measure_areas
from .names import labels, legend
from .points_histogram import histogram
from .problematic_maps import problematic_units
from .rank_matrix import rank_agreement
from .readings_grid import multiverse
from .scorecard_page import scorecard
from .sheet_of_faces import contact_sheet
from .style import new_figure, palette, pictures, save
from .table2 import gradient_profiles
from .table3 import strongest_weakest
from .weight_cascade import cascade

__all__ = [
    "Section", "cascade", "contact_sheet", "draw_circles", "feature_maps", "feature_name",
    "first_order", "gradient_profiles", "gradient_text", "growth", "histogram", "intervals",
    "knockout_controls", "knockout_errors", "labels", "layer_and_unit", "layers_of", "legend",
    "measure_areas", "multiverse", "new_figure", "palette", "pictures", "prediction_flow",
    "problematic_units", "rank_agreement", "save", "scorecard", "strongest_weakest",
    "training_curve", "worksheet", "write_csv", "write_report",
]
