"""Networks that are right and train well. `python tests/healthy_nets.py` measures their extremes.

The thresholds of `sizes` and `trouble` are at least three times beyond these.
"""

import numpy as np
from broken_nets import FACES as faces
from broken_nets import TUTORIAL

import tinycnn as tc
from tinycnn.stepper.sizes import sizes


def relu_net(seed):
    """Two convolutions and two dense layers, with ReLU."""
    rng = np.random.default_rng(seed)
    return tc.Network(
        (1, 60, 60), conv1=tc.Conv2D(1, 5, 5, rng=rng), relu1=tc.ReLU(), pool1=tc.MaxPool2D(2),
        conv2=tc.Conv2D(5, 8, 5, rng=rng), relu2=tc.ReLU(), pool2=tc.MaxPool2D(2),
        flatten=tc.Flatten(), dense3=tc.Dense(8 * 144, 20, rng=rng), relu3=tc.ReLU(),
        dense4=tc.Dense(20, 15, rng=rng), softmax=tc.Softmax())


def dense_net(seed):
    """No convolution, tanh."""
    rng = np.random.default_rng(seed)
    return tc.Network((1, 60, 60), flatten=tc.Flatten(), dense1=tc.Dense(3600, 30, rng=rng),
                      tanh1=tc.Tanh(), dense2=tc.Dense(30, 15, rng=rng), softmax=tc.Softmax())


def trained(net, epochs, rate, seed=0, images=165):
    """The network after some epochs, and its rate."""
    order = np.random.default_rng(seed).permutation(165)[:images]
    tc.train(net, faces.images[order], faces.labels[order], epochs=epochs, learning_rate=rate,
             seed=seed)
    return net, rate, order


def untrained():
    """(name, network, learning rate, which images) of 20 seeds."""
    for seed in range(20):
        yield f"untrained, seed {seed}", tc.face_net(seed=seed), 0.1, np.arange(165)


def quickly_trained():
    """Ten that take about a second together."""
    yield "the tutorial's", tc.Network.load(TUTORIAL), 0.1, np.arange(165)
    for seed, (epochs, rate) in enumerate([(1, 0.1), (2, 0.05), (3, 0.1), (4, 0.1), (5, 0.03)]):
        yield f"{epochs} epochs at {rate}", *trained(tc.face_net(seed=seed), epochs, rate, seed)
    yield "ReLU, 5 epochs", *trained(relu_net(1), 5, 0.03, 1)
    yield "dense, 5 epochs", *trained(dense_net(2), 5, 0.01, 2)
    yield "converged on 5 images", *trained(tc.face_net(seed=3), 500, 0.1, 3, 5)
    yield "converged on 1 image", *trained(tc.face_net(seed=4), 500, 0.1, 4, 1)


def long_trained():
    """Some that take a minute together."""
    for seed, (epochs, rate) in enumerate([(10, 0.1), (30, 0.1), (250, 0.1), (100, 0.05),
                                           (30, 0.03), (500, 0.1)]):
        yield f"{epochs} epochs at {rate}", *trained(tc.face_net(seed=seed), epochs, rate, seed)
    for seed in (5, 6):
        yield "ReLU, 100 epochs", *trained(relu_net(seed), 100, 0.03, seed)
        yield "dense, 100 epochs", *trained(dense_net(seed), 100, 0.01, seed)
        yield "converged, 2000 epochs", *trained(tc.face_net(seed=seed), 2000, 0.1, seed, 10)


def steppers(nets, counts=(1, 10, 165)):
    """(name, a stepper at its end) for batches of these numbers of images, those trained on."""
    for i, (name, net, rate, order) in enumerate(nets):
        for n in counts:
            some = np.random.default_rng([i, n]).permutation(order)[:n]
            stepper = tc.Stepper(net, faces.images[some], faces.labels[some], learning_rate=rate)
            stepper.run()
            yield f"{name}, {len(some)} images", stepper


def measured(stepper):
    """{what: number} of one stepper."""
    o, dy, w, update, dead, _ = sizes(stepper).columns.values()
    logits, wrong = list(w)[-1], (stepper.trace.y.argmax(axis=1) != stepper.t).mean()
    inputs = [np.median(np.abs(stepper.trace[stepper.before(name)])) for name in o
              if name.startswith("tanh")]
    doubt = wrong >= 0.9 and len(stepper.t) >= 4
    result = {"input": o["input"], "o / input": max(o.values()) / max(1, o["input"]),
              "half of a tanh's inputs": max(inputs, default=0.0),
              "dead": max(dead.values(), default=0.0), "update / w": max(update.values()),
              "L / log K, if most are wrong": stepper.loss / np.log(15) * doubt}
    if dy[logits]:
        ratios = [dy[name] / dy[logits] for name in w]
        result |= {"dy / that of the logits": max(ratios), "the smallest of these": min(ratios)}
    return result


def main():
    """Print the extremes, with where they are from, and all words."""
    extremes = {}
    for nets in (untrained(), quickly_trained(), long_trained()):
        for name, stepper in steppers(nets):
            print(name, f"L = {stepper.loss:.3g}", *sizes(stepper).words,
                  *(trouble.text for trouble in stepper.troubles()))
            for what, value in measured(stepper).items():
                for sign in (1, -1):
                    best = extremes.get((what, sign))
                    if best is None or sign * value > sign * best[0]:
                        extremes[what, sign] = (value, name)
    for (what, sign), (value, name) in sorted(extremes.items()):
        print(f"{what:28} {'at most ' if sign == 1 else 'at least'} {value:10.3g}   {name}")


if __name__ == "__main__":
    main()
