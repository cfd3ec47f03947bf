"""Section V: what the gradients say about the network. Computes, and draws nothing.

`MEASURES` has the paper's measure of importance and the others, all called in the same way:
`MEASURES["conductance"](net, x, t)` gives a `FeatureScores`. A study tests them with `controls`,
`consistency`, `sanity`, `pruning` and `mistakes`; `claims` turns the numbers into verdicts.
"""

from .choice import choose_faces, choose_flow, choose_identities, is_yale, names_of
from .cost import GradientCost, gradient_cost
from .measures import MEASURES, Measure
from .problematic import ProblematicUnit, problematic_units

__all__ = ["MEASURES", "GradientCost", "Measure", "ProblematicUnit", "choose_faces",
           "choose_flow", "choose_identities", "gradient_cost", "is_yale", "names_of",
           "problematic_units"]
