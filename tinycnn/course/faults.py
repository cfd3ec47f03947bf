"""Training steps with one fault in them, to be found with the debugger, and the exercise on it.

What a network prints does not tell the fault: its classes have the same names with and without it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ..datasets import drawn_faces
from ..layers import Dense, ReLU, Softmax, Tanh
from ..layers.base import Array
from ..network import Network, face_net
from .compare import misfit, values
from .exercise import Answer, Verdict

# The networks of lesson 4: the layer and the kind of each fault.
LESSON = {"A": ("tanh3", "backward"), "B": ("none", "grey levels"), "C": ("relu3", "dead units"),
          "D": ("none", "first weights"), "E": ("dense5", "parameter gradients"),
          "F": ("softmax2", "too many layers"), "G": ("none", "learning rate")}
FOUND = [f"{layer}, {kind}" for layer, kind in LESSON.values()]
# Where to look if an answer is wrong: it tells neither the kind nor the layer.
LOOK = {
    "first weights": "Compare the columns ∂L/∂o and w of `sizes` with those of a healthy network.",
    "learning rate": "Compare the column update of `sizes` with that of a healthy network.",
    "grey levels": "Read `sizes` from the top: which line is the first that is not as usual?",
    "dead units": "Read the column o of `sizes` from the top: where does it become 0?",
    "backward": "`sizes` has nothing unusual. What computes each gradient in another way?",
    "parameter gradients": "`check` names an array. Does any other gradient depend on it?",
    "too many layers": "Compare y of a few images with what comes out of the layer before it."}


class MyTanh(Tanh):
    """tanh, with a factor for its gradient: 1 is right."""

    factor = 1

    def backward(self, dy: Array, cache: Array) -> Array:
        """The gradient of tanh, times the factor."""
        return self.factor * super().backward(dy, cache)


class MyDense(Dense):
    """A dense layer, with a factor for the gradient of its biases: 1 is right."""

    factor = 1

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """The gradients of a dense layer, that of b times the factor."""
        grads = super().parameter_gradients(dy, cache)
        return {"W": grads["W"], "b": self.factor * grads["b"]}


def network(letter: str = "") -> tuple[Network, Array, Array, float]:
    """The network of lesson 4 with this letter, "A" to "G"; without a letter, a healthy one."""
    if letter and letter not in LESSON:
        raise ValueError(f"network {letter!r}: expected a letter from {', '.join(LESSON)}")
    layer, kind = LESSON.get(letter, ("none", "none"))
    return broken(kind, layer)


def broken(kind: str, layer: str = "none") -> tuple[Network, Array, Array, float]:
    """A network, images, labels and λ with a fault of this kind, at this layer if it is in one."""
    layers: dict[str, Any] = dict(face_net(n_classes=5).layers)
    layers |= {name: MyTanh() for name in layers if name.startswith("tanh")}
    layers |= {"dense4": MyDense(160, 20, rng=4), "dense5": MyDense(20, 5, rng=5)}
    if kind == "dead units":
        layers = {name.replace("tanh", "relu"): ReLU() if name.startswith("tanh") else made
                  for name, made in layers.items()}
        layers[f"conv{layer[-1]}"].params["b"] -= 20        # what goes into the ReLU is negative
    elif kind == "too many layers":
        layers[layer] = Softmax()
    elif kind in ("backward", "parameter gradients"):
        layers[layer].factor = -1 if kind == "backward" else 0
    net, faces = Network((1, 60, 60), **layers), drawn_faces(people=5)
    for w in net.params.values():
        w *= 0.01 if kind == "first weights" else 1
    x, t = faces.images[::5][:10], faces.labels[::5][:10]       # some of each person
    return net, 255 * x if kind == "grey levels" else x, t, 10 if kind == "learning rate" else 0.05


class Diagnosis(Answer):
    """A list such as ["none, grey levels", ...], one for each letter; "" if it is still open."""

    def judge(self, answer: Any, *given: Any) -> Verdict:
        """How many are right; for the first wrong one, what of it is right, and where to look."""
        said = values(answer)
        if answer is None or answer is Ellipsis or (said is not None and not any(said.ravel())):
            return Verdict(False, "no answer yet.")
        if said is None or misfit(said, self.right()):
            return Verdict(False, f"not right. Your answer {misfit(answer, self.right())}.")
        words = {letter: {word.strip() for word in text.split(",")}
                 for letter, text in zip(LESSON, said, strict=True)}
        wrong = [letter for letter in LESSON if words[letter] != set(LESSON[letter])]
        text = f"{len(LESSON) - len(wrong)} of {len(LESSON)} right."
        for letter in [letter for letter in wrong if words[letter] != {""}][:1]:
            (layer, kind), its = LESSON[letter], words[letter]
            right = "the layer" if layer in its else "the kind" if kind in its else "neither word"
            look = "Which layer does the debugger name first?" if kind in its else LOOK[kind]
            text += f"\n{letter}: {right} is right. " + (
                f"Where to look: {look}" if its & set(LOOK) else
                f"Expected a layer, or none, then a comma and one of: {', '.join(LOOK)}.")
        return Verdict(not wrong, text if wrong else "right.")


DIAGNOSIS = Diagnosis(lambda: FOUND, {      # one kind is taken for the next
    LOOK[kind]: lambda kind=kind, other=other: [text.replace(kind, other) for text in FOUND]
    for kind, other in pairwise([*LOOK, *LOOK][:len(LOOK) + 1])})
