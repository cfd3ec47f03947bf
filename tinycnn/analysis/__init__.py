"""Section V: what the gradients say about the network. Computes, and draws nothing."""

from .choice import choose_faces, choose_flow, choose_identities, is_yale, names_of
from .cost import GradientCost, gradient_cost
from .problematic import ProblematicUnit, problematic_units

__all__ = ["GradientCost", "ProblematicUnit", "choose_faces", "choose_flow", "choose_identities",
           "gradient_cost", "is_yale", "names_of", "problematic_units"]
