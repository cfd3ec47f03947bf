"""Drawings of what the rest computes: Fig. 1-3, Tables II and III, and the report around them.

Every function takes plain arrays and lists and returns a matplotlib Figure; `save` writes it. What
people read counts layers and units from 1, as the paper does.
"""

from .cascade import cascade
from .circles import draw_circles
from .contact_sheet import contact_sheet
from .controls import knockout_controls
from .feature_maps import feature_maps
from .first_order import first_order
from .growth import growth
from .histogram import histogram
from .intervals import intervals
from .knockout_errors import knockout_errors
from .matrix import rank_agreement
from .measures import measure_areas
from .prediction_flow import prediction_flow
from .problematic import problematic_units
from .report import Section, write_report
from .scorecard import scorecard
from .style import new_figure, palette, save
from .table2 import gradient_profiles
from .table3 import strongest_weakest
from .tables import write_csv
from .training_curve import training_curve
from .words import feature_name, gradient_text, layer_and_unit, layers_of
from .worksheet import worksheet

__all__ = [
    "Section", "cascade", "contact_sheet", "draw_circles", "feature_maps", "feature_name",
    "first_order", "gradient_profiles", "gradient_text", "growth", "histogram", "intervals",
    "knockout_controls", "knockout_errors", "layer_and_unit", "layers_of", "measure_areas",
    "new_figure", "palette", "prediction_flow", "problematic_units", "rank_agreement", "save",
    "scorecard", "strongest_weakest", "training_curve", "worksheet", "write_csv",
    "write_report",
]
