"""Max-poolings with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import MaxPool2D

wrong = partial(bug, "maxpool2d", MaxPool2D)
WINNER = "np.unravel_index(window.argmax(), window.shape)"

BUGS = (
    # --- in forward ---------------------------------------------------------------------------
    wrong("PoolAverages", "average_pooled", "forward takes the window's mean, not its maximum.",
          forward=("window.max()", "window.mean()")),
    wrong("PoolTakesMinimum", "minimum_pooled", "forward takes the smallest value of the window.",
          forward=("window.max()", "window.min()")),
    wrong("PoolTakesLargestSize", "absolute_pooled", "forward takes the largest |x| with its sign.",
          forward=("window.max()", "window.flat[np.abs(window).argmax()]")),
    wrong("PoolStartsAtZero", "starts_at_zero",
          "The search for the maximum starts at 0, so a window of negative values gives 0.",
          forward=("window.max()", "max(0, *window.flat)")),
    wrong("PoolCutsToIntegers", "integer", "The output is an array of integers: decimals are lost.",
          forward=("self.blank(x)", "self.blank(x).astype(int)")),
    wrong("PoolRemembersWinners", "state_kept",
          "backward uses self.winners, which every forward pass overwrites, not its cache.",
          forward=(("y = self.blank(x)", "y, self.winners = self.blank(x), {}"),
                   ("y[unit] =", "self.winners[unit] = window.argmax()\n            y[unit] =")),
          backward=("window.argmax()", "self.winners[unit]")),
    # --- in backward --------------------------------------------------------------------------
    wrong("PoolPaysAllTies", "ties_all_paid", "Each of several equal maxima gets all of dy.",
          backward=(WINNER, "window == window.max()")),
    wrong("PoolSharesTies", "ties_shared", "Pixels that equal the maximum share the gradient.",
          backward=((WINNER, "window == window.max()"),
                    ("+= dy[unit]", "+= dy[unit] / winner.sum()"))),
    wrong("PoolLastTieWins", "ties_last_wins", "Among equal values the last wins, not the first.",
          backward=("window.argmax()", "window.size - 1 - window[::-1, ::-1].argmax()")),
    wrong("PoolAssignsOverlap", "overlap_assigned",
          "A pixel that won several windows gets only the last gradient: = instead of +=.",
          backward=("+=", "=")),
    wrong("PoolPaysWholeWindow", "all_positions_paid",
          "The gradient goes to every pixel of the window, not only to the winner.",
          backward=("[winner] +=", "[...] +=")),
    wrong("PoolReadsIndexByColumns", "winner_misplaced",
          "The winner's number in the window is read down the columns; argmax counts along rows.",
          backward=("window.shape)", 'window.shape, order="F")')),
    wrong("PoolPaysValue", "winner_times_value", "The winner gets the gradient times its value.",
          backward=("+= dy[unit]", "+= dy[unit] * window.max()")),
    wrong("PoolOneWinnerPerMap", "winner_over_map", "The winner is the largest of the whole map.",
          backward=(("window = self.window(x, unit)", "window = x[unit[:2]]"),
                    ("self.window(dx, unit)[winner]", "dx[unit[:2]][winner]"))),
    wrong("PoolForgetsUpstream", "upstream_forgotten", "The winner gets 1, not ∂s/∂y.",
          backward=("+= dy[unit]", "+= 1")),
    wrong("PoolLosesLeftOver", "window_left_over",
          "The gradient ends with the last window; rows and columns left over are missing.",
          backward=("return dx", "rows, columns = (np.array(dy.shape[2:]) - 1) * self.stride "
                    "+ self.size\n        return dx[:, :, :rows, :columns]")),
    wrong("PoolLeavesGarbage", "random",
          "dx is made by np.empty: where nothing is written it holds what was in memory before.",
          backward=(("np.zeros(", "np.empty("), ("+=", "="))),
)
