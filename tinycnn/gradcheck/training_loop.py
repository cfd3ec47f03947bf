"""A training loop on four images: does it learn, and does it do what its author means?

    report = check_training(train)          # def train(net, x, t, epochs=20, learning_rate=0.1)
"""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import io
import itertools
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..layers import Conv2D, Dense, Flatten, MaxPool2D, Softmax, Tanh
from ..layers.base import Array, Params
from ..network import Network
from ..network.loss import loss_from_logits
from .report import Failure, Report
from .subject import Trouble, call
from .training_watch import Watch, flat, labels_of

EPOCHS = 20
NAMES = {name: what for what, names in {    # what an argument is, and its names without "_"
    "net": "net network model nn cnn params parameters weights layers",
    "x": "x xs xtrain trainx images trainimages imgs inputs features data",
    "t": "t y ts ys ttrain ytrain trainy traint labels trainlabels targets target",
    "x test": "xtest xval xvalid testx valx testimages valimages",
    "t test": "ttest ytest tval yval yvalid testy valy testlabels vallabels",
    "epochs": "epochs epoch nepochs numepochs maxepochs nepoch iterations niter numiter iters "
              "niterations numiterations maxiter itersnum niters numiters steps nsteps numsteps",
    "rate": "learningrate lr eta alpha rate stepsize", "seed": "seed randomstate",
    "batch": "batchsize batch bs minibatchsize minibatch", "rng": "rng generator",
}.items() for name in names.split()}


def looks_like_training(function: Any) -> bool:
    """Whether a function is a training loop, by its name and the names of its arguments."""
    name = getattr(function, "__name__", "").lower()
    return bool(re.fullmatch("(train|fit)(_.*)?|.*_train|training(_loop)?|sgd", name)) and not (
        isinstance(function, type)) and {"x", "t"} <= set(_meanings(function).values())


def check_training(train: Callable[..., Any], *, net: Any = None, x: Array | None = None,
                   t: Array | None = None, seed: int = 0) -> Report:
    """Run a training loop on four images, and say what it does wrong.

    The report has a check for each of: loss (it falls), pairing (of images and labels), weights
    (all change), cleared (gradients of earlier steps are gone), downhill (the first step), softmax
    (there once), pixels, rate. What the loop does not let be seen is in `unseen`.

    Args:
        train: a function of images and labels, and perhaps of a network, epochs, a learning rate,
            ..., by their usual names. It gets 20 epochs, and its own default learning rate.
        net: what goes in as the network. By default it is a small tinycnn network or, if the
            function does not take that, a class or an `init_...()` of its own file.
        x, t: (N, C, H, W) images and (N,) labels; one image of each of four labels is used.
        seed: of the images and of all random numbers.
    """
    name, reports = getattr(train, "__name__", "train"), list[Report]()
    meanings, given = _meanings(train), inspect.signature(train).parameters
    odd = [n for n, p in given.items() if n not in meanings and p.default is p.empty
           and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    why = f"what {', '.join(odd)} is in {name}({', '.join(given)}) is not understood. Give a " \
        f"function of (net, x, t) that calls it" if odd else ""
    for model, images, labels in () if odd else _forms(train, net, x, t, seed):
        try:
            report = _run(train, model, images, labels, seed)
            # Perhaps it divides by 255 itself, or all ReLUs of a layer are dead, or it is too fast.
            for check, others, rate in (("pixels", images * 254, None),
                                        ("weights", 0.5 - images, None), ("loss", images, 0.01)):
                if report.checks.get(check) is False and (check == "pixels" or _wrong(report) == 1):
                    again = _run(train, model, others, labels, seed, rate)
                    report = again if again.checks.get(check) else report
        except Trouble as trouble:
            why = why or str(trouble)
            continue
        reports.append(report)
        if report.ok:
            break
    return min(reports, key=_wrong, default=Report(name, notes=[f"{name} was not checked: {why}"]))


def _meanings(train: Any) -> dict[str, str]:
    try:
        names = inspect.signature(train).parameters
    except (TypeError, ValueError):     # not callable, or without a signature
        return {}
    return {name: NAMES[word] for name in names if (word := name.lower().replace("_", "")) in NAMES}


def _wrong(report: Report) -> int:
    return len(report.failures)


def _forms(train: Any, net: Any, x: Array | None, t: Array | None, seed: int
           ) -> Iterator[tuple[Callable[[], Any], Array, Array]]:
    """Network, images and labels in the forms that loops want, the most usual first."""
    if x is None or t is None:      # the labels' order is not the images', and there are 5 kinds
        x = np.random.default_rng(seed).random((4, 1, 7, 7)).repeat(4, 2).repeat(4, 3) ** 3
        t = np.array([2, 0, 3, 1])
    x, t = np.asarray(x), np.asarray(t)
    kinds = {5, 10, int(t.max()) + 1}
    few = np.unique(t, return_index=True)[1][:4] if t.ndim == 1 else np.arange(4)
    x, t = x[np.sort(few)], t[np.sort(few)]
    models = [functools.partial(_small, x, t, seed), *_own(train)]
    if net is not None or "net" not in _meanings(train).values():
        models = [functools.partial(copy.deepcopy, net)]
    yield from itertools.product(models, (x, x.reshape(len(x), -1)), (t, *(
        np.eye(k)[t] for k in kinds if t.ndim == 1 and t.dtype.kind in "iu" and t.max() < k)))


def _small(x: Array, t: Array, seed: int) -> Network:
    rng, (rows, columns) = np.random.default_rng(seed), np.array(x.shape[2:]) // 4
    return Network(conv=Conv2D(x.shape[1], 2, (rows, columns), stride=(rows, columns), rng=rng),
                   tanh=Tanh(), pool=MaxPool2D(2), flatten=Flatten(),
                   dense=Dense(8, int(max(5, t.max() + 1)), rng=rng), softmax=Softmax()
                   ).astype(float)


def _own(train: Any) -> list[Callable[[], Any]]:
    """The network classes, or the functions init_...(), of the function's own file."""
    names = getattr(inspect.unwrap(train), "__globals__", {}).items()
    return [functools.partial(call, name, thing) for name, thing in names
            if getattr(thing, "__module__", 0) == getattr(train, "__module__", 1) and (
                name.startswith("init") if inspect.isfunction(thing) else isinstance(thing, type)
                and any(hasattr(thing, m) for m in ("forward", "predict", "gradient", "loss")))]


def _run(train: Any, model: Callable[[], Any], x: Array, t: Array, seed: int,
         rate: float | None = None) -> Report:
    """One run with a watch, and the report on what was seen."""
    values = {"net": model(), "x": x.copy(), "t": t.copy(), "x test": x.copy(), "t test": t.copy(),
              "epochs": EPOCHS, "batch": 2, "rate": rate or 0.1, "seed": seed,
              "rng": np.random.default_rng(seed)}
    signature, problem = inspect.signature(train), ""
    given = signature.bind_partial()
    for name, what in _meanings(train).items():
        if what != "rate" or rate or signature.parameters[name].default is inspect.Parameter.empty:
            given.arguments[name] = values[what]
    t4 = labels_of(t[:4])
    if t4 is None:
        raise Trouble("the labels are no whole numbers")
    watch = Watch(getattr(inspect.unwrap(train), "__code__", None), values["net"], x[:4], t4)
    profile, random = sys.getprofile(), np.random.get_state()       # noqa: NPY002
    np.random.seed(seed)                                            # noqa: NPY002
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            sys.setprofile(watch)
            call("the loop", train, *given.args, **given.kwargs)
    except Trouble as trouble:
        problem = str(trouble)
    finally:
        sys.setprofile(profile)
        np.random.set_state(random)                                 # noqa: NPY002
    watch.close([])
    if not (problem or watch.sizes or watch.losses) and len(x) <= 4:    # large batches only?
        return _run(train, model, np.concatenate([x] * 32), np.concatenate([t] * 32), seed)
    rows, labels = watch.find(values["x"]), labels_of(values["t"])
    if rows is not None and labels is not None and not watch.pairs:
        watch.pairs = [(rows, labels, 0)] if (watch.t[rows] != labels).any() else []    # in place
    report = Report(getattr(train, "__name__", "train"))
    if watch.sizes or not problem:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _judge(watch, report)
    if not report.checks or (problem and report.ok):
        raise Trouble(problem or "no image goes into a network or a loss")
    report.notes += [problem] if problem else []
    return report


def _judge(w: Watch, report: Report) -> None:
    """What the watch saw, as checks; what it did not see, in `unseen`."""
    def tell(check: str, seen: object, fault: str = "") -> None:
        if seen:
            report.add(check, [Failure(check, fault)] if fault else [])
        else:
            report.unseen.append(check)

    def right(start: Params, batches: list[Array]) -> tuple[float, Params]:
        """The loss of some batches and its gradient; NaN and {} where they are not known."""
        known = [(b, w.t[rows]) for b in batches if (rows := w.find(b)) is not None]
        if not known or not isinstance(w.model, Network) or w.model.logits_layer is None:
            return np.nan, {}
        net = w.model.astype(np.float64)
        for name, array in net.params.items():
            array[...] = start[name]
        trace = net.forward(np.concatenate([b for b, _ in known]))
        loss, seed = loss_from_logits(trace.logits, np.concatenate([t for _, t in known]))
        return loss, net.parameter_gradients(trace, net.backward(trace, seed, of="logit"))

    batches = [b for step in w.steps for b in step[3]] or [w.batch]
    values, doubt = [right(weights, batches)[0] for weights in (w.start, *w.later, w.now)], 0.0
    slopes = right(w.start, batches)[1]
    if not slopes and (losses := max(w.losses.values(), key=len, default=[]))[3:]:
        part = len(losses) // 4         # of the losses that the loop computes, the batches differ
        values = [float(np.mean(losses[i * part:(i + 1) * part])) for i in range(4)]
        doubt = 2 * float(np.std(losses[:part]))
    falls = bool(np.isfinite(values[-1]) and min(values) < values[0])
    rises = not falls and not np.isnan(values[0]) and not min(values[1:]) < values[0] + doubt

    wrong = [line for rows, labels, line in w.pairs if (labels != w.t[rows]).any()]
    apart = len(wrong) > len(w.pairs) / 10
    tell("pairing", w.pairs, f"images and labels do not stay together{_line(*wrong[:1])}: in "
         f"{len(wrong)} of {len(w.pairs)} batches an image has the label of another one. Use the "
         "same order for both, x[order] and t[order]" if apart else "")

    still = [name for name in w.start if np.array_equal(w.start[name], w.now[name])
             and (not slopes or np.abs(slopes[name]).max() > 1e-9)]
    tell("weights", w.start and w.pixels, "" if not still else "no weight changes" if not w.sizes
         else f"the training does not change {', '.join(still)}")

    (start, step, _, used), *_ = w.steps or [({}, np.zeros(0), {}, [])]
    seen = [flat({n: g.get(n, 0 * a) for n, a in start.items()}) for _, _, g, _ in w.steps]
    fits = again = False
    if len(seen) == 2 and seen[0].any():
        # Momentum m gives step 2 = -rate · (m · gradient 1 + gradient 2). Without clearing, m = 1.
        basis, second = np.stack([*seen, flat(w.steps[1][0])], axis=1), w.steps[1][1]   # and decay
        parts, _, rank, _ = np.linalg.lstsq(basis, second, rcond=1e-10)
        fits = rank == 3 and np.allclose(basis @ parts, second, 0, 1e-4 * abs(second).max())
        again = abs(parts[0] / parts[1] - 1) < 1e-3
    tell("cleared", fits, "gradients are not cleared: the second step has the gradient of the "
         "first batch in it again" if again else "")

    truth = np.zeros(0) if apart else flat(right(start, used)[1])
    uphill = truth.size and step @ truth > 0.2 * np.linalg.norm(step) * np.linalg.norm(truth)
    tell("downhill", truth.size, "" if not uphill else "the first step goes uphill: " + (
        "the gradient of the loss has the wrong sign; before the softmax it is y - onehot"
        if seen[0] @ truth < 0 else "the update adds the gradient; it is w -= rate * gradient"))

    tell("softmax", w.likely, f"the softmax is taken twice{_line(w.twice)}: what goes into the "
         "second one, or into a loss of logits, are probabilities" if w.twice else "")

    low, high = min(w.pixels, default=0), max(w.pixels, default=0)
    tell("pixels", w.pixels, f"all pixels that go in are {low:g}" if low == high else
         f"the pixels that go in run from {low:g} to {high:g}; networks learn from numbers of "
         "about 1" if max(-low, high) > 10 else "")

    large = not uphill and w.sizes[:1] > [1] and (
        rises or bool(slopes and max(values) > values[0] + 1))
    tell("rate", w.sizes, "the learning rate is too large: the first step is "
         f"{w.sizes[0]:.2g} times as long as the weights, and the loss rises" if large else
         "the learning rate is too small: no step is longer than "
         f"{max(w.sizes):.0e} of the weights" if max(w.sizes, default=1) < 1e-6 else "")

    fault = f"the loss on four images does not fall: {values[0]:.3g} before, {values[-1]:.3g} after"
    if rises and truth.size and not report.failures:
        report.notes.append(f"{fault}. But the first step goes downhill: perhaps these images "
                            "need a smaller learning rate, or more epochs")
    else:
        tell("loss", falls or rises, fault if rises else "")


def _line(number: int = 0) -> str:
    return f" (line {number})" if number else ""
