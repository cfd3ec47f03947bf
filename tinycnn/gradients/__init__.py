"""Section III: prediction gradients, class gradients, and one number for each feature map."""

from .convolutional import (
    Feature,
    FeatureScores,
    Norm,
    Reduce,
    convolutional_gradients,
    map_norms,
    map_norms_of,
)
from .feature_names import Layers, feature_name, gradient_text, layer_and_unit, layers_of
from .prediction import (
    check_labels,
    class_gradients,
    count_classes,
    feature_layers,
    iter_prediction_gradients,
    prediction_gradients,
)
from .rules import Rule, activations, with_rules

__all__ = [
    "Feature", "FeatureScores", "Layers", "Norm", "Reduce", "Rule", "activations", "check_labels",
    "class_gradients", "convolutional_gradients", "count_classes", "feature_layers",
    "feature_name", "gradient_text", "iter_prediction_gradients", "layer_and_unit", "layers_of",
    "map_norms", "map_norms_of", "prediction_gradients", "with_rules",
]
