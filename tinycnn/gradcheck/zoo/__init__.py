"""The bug zoo: layers, losses and updates with a mistake each.

To find the bug in is an exercise; that every one is found is the test of gradcheck itself.

    for bug in BUGS:
        print(bug.kind, bug.name, bug.description)

`inspect.getsource(bug.subject)` is the exercise; its docstring tells the teacher what is wrong.
"""

from . import (
    conv2d_backward,
    conv2d_forward,
    dense,
    flatten,
    loss,
    maxpool2d,
    relu,
    softmax,
    tanh,
    update,
)
from .entries import Bug

BUGS: tuple[Bug, ...] = (
    *conv2d_forward.BUGS, *conv2d_backward.BUGS, *maxpool2d.BUGS, *dense.BUGS, *softmax.BUGS,
    *tanh.BUGS, *relu.BUGS, *flatten.BUGS, *loss.BUGS, *update.BUGS)

__all__ = ["BUGS", "Bug"]
