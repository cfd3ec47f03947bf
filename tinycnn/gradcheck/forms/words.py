"""The names that students use for methods, arguments and gradients, and what they mean."""

from __future__ import annotations

import re

FORWARD = ("forward", "forwardpass", "forwardprop", "forwardpropagate", "forwardpropagation",
           "feedforward", "fprop", "fwd", "forwardstep", "call", "compute", "apply")
BACKWARD = ("backward", "backwardpass", "backwardprop", "backwardpropagate",
            "backwardpropagation", "backpropagate", "backpropagation", "backprop", "bprop", "bwd",
            "backwardstep", "backpass", "back", "gradient", "calcgradient", "calculategradient",
            "computegradient", "calcgrad", "calculategradients", "calcgradients", "getgradient",
            "grad", "computegradients", "gradients")

RATES = ("lr", "learningrate", "learnrate", "lrate")

_ROLES = {      # role: words, without underscores and in lower case
    "rate": "lr|learningrate|learnrate|eta|rate|stepsize|alpha|lrate|learningspeed",
    "flag": "training|train|trainflg|trainflag|istraining|istrain|trainmode|retainderived|"
            "retaingrads|savecache|isgrad|cacheit|keepcache|storecache",
    "testing": "test|istest|testing|predict|inference|eval|evaluate|isinference",
    "cache": "cache|caches|memory|mem|ctx|context|tape|saved|state|meta|stash",
    "target": "t|target|targets|ytrue|label|labels|truth|actual",
    "dy": "d|dy|dout|dz|da|dh|do|dl|dldout|dldo|dldy|dldz|dlda|dx|dvalues|dvalue|dnext|danext|"
          "dacurr|dzcurr|dy?out|dloss|dprev|delta|deltas|error|errors|err|upstream|grad|grads|"
          "gradient|gradients|gradoutput|outputgradient|gradout|outgrad|accumgrad|outputgrad|"
          "output_error|outputerror|gradoutputs|upstreamgrad|upstreamgradient|gradnext|nextgrad|"
          "dupstream|eprev|gy|g|residual|residuals|derrordoutput|outputdelta|nextdelta|"
          "gradsoutput|gradsout|gradfromnext|errorgrad|backwardgradient|topdiff|dhidden|nabla",
    "x": "x|xs|inp|input|inputs|inputdata|data|aprev|xin|inx|a|z|image|images|img|batch|h|values|"
         "inputtensor|inputarray|tensor|in|v|val|value|arr|hprev|aprevious|bottom|features|feed",
    "y": "y|out|output|outputs|yhat|ypred|pred|predictions",
}
_ROLE = {role: re.compile(f"(?:{words})") for role, words in _ROLES.items()}


def plain(name: str) -> str:
    """A name without underscores, in lower case: `back_propagate` and `backPropagate` are one."""
    return name.replace("_", "").lower()


def role(name: str) -> str:
    """What an argument of backward is for: "dy", "cache", "rate", "x", ...; "" if unknown."""
    word = plain(name)
    return next((r for r, pattern in _ROLE.items() if pattern.fullmatch(word)),
                "dy" if re.match("(d|grad|delta).{2,}", word) and "dim" not in word else "")


def is_gradient_of(name: str, parameter: str) -> bool:
    """Whether an attribute, key or variable of this name is the gradient of the parameter."""
    g, p = plain(name), plain(parameter)
    stems = {p, p + "s", p.removesuffix("s"), _SHORT.get(p, p), _LONG.get(p, p)}
    return any(g in (f"d{s}", f"grad{s}", f"{s}grad", f"g{s}", f"{s}gradient", f"gradient{s}",
                     f"delta{s}", f"{s}delta", f"dl{s}", f"dld{s}", f"d{s}s", f"{s}grads",
                     f"grads{s}", f"nabla{s}", f"{s}d", f"gradients{s}", f"{s}gradients",
                     f"ddl{s}", f"dj{s}", f"djd{s}", f"der{s}", f"d{s}sum", f"dlossd{s}",
                     f"dl{s}s", f"acc{s}", f"d{s}acc") for s in stems)


_SHORT = {"weights": "w", "weight": "w", "bias": "b", "biases": "b", "kernel": "k", "kernels": "k",
          "filters": "f", "filter": "f", "gamma": "g"}
_LONG = {"w": "weights", "b": "bias"}
