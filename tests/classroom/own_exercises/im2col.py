"""Windows of an image as rows of a matrix."""
import numpy as np


def im2col(x, size):
    """x (N, C, H, W) -> (N · (H - size + 1) · (W - size + 1), C · size · size).

    One row for each window, in the order image, row, column; in it channel, row, column.
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * size * size)


EXAMPLES = {"im2col": [lambda rng: (rng.normal(size=(2, 3, 5, 4)), 2),
                       lambda rng: (rng.normal(size=(1, 1, 6, 6)), 3)]}
