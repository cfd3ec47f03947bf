"""A fully connected layer, as a pair of functions (after Stanford's course CS231n)."""

def affine_forward(x, w, b):
    """x (N, d1, ..., dk), w (D, M), b (M,) -> (out, cache).

    D is d1 * ... * dk. out has shape (N, M); the cache is (x, w, b).
    """
    out = x.reshape(len(x), -1) @ w + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    """∂s/∂out and the cache -> (dx, dw, db), with the shapes of x, w and b."""
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    return dx, dw, dout.sum(axis=0)


def _inputs(rng):
    return rng.normal(size=(3, 2, 4)), rng.normal(size=(8, 5)), rng.normal(size=5)


EXAMPLES = {"affine_forward": [_inputs],
            "affine_backward": [lambda rng: (rng.normal(size=(3, 5)), _inputs(rng))]}
