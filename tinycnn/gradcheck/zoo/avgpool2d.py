"""Average-poolings with a mistake each."""

from functools import partial

from ...layers import AvgPool2D
from .entries import bug

wrong = partial(bug, "avgpool2d", AvgPool2D)

BUGS = (
    wrong("AvgPoolSums", "window_divisor", "forward takes the sum of the window.",
          forward=(" / (size[0] * size[1])", "")),
    wrong("AvgPoolForgetsToDivide", "window_divisor", "backward does not divide by the pixels.",
          backward=(" / (size[0] * size[1])", "")),
    wrong("AvgPoolDividesByRows", "window_divisor", "backward divides by the window's rows only.",
          backward=("(size[0] * size[1])", "size[0]")),
    wrong("AvgPoolPaysTheCorner", "one_position", "Only the first pixel of a window gets its part.",
          backward=("np.ndindex(size)", "[(0, 0)]")),
    wrong("AvgPoolAssignsOverlap", "overlap_assigned",
          "Where windows overlap, the last one overwrites the others: = instead of +=.",
          backward=("+=", "=")),
    wrong("AvgPoolForgetsStride", "stride_forgotten", "backward puts window (p, q) at (p, q).",
          backward=("places(dx, size, stride, output)", "places(dx, size, (1, 1), output)")),
)
