"""The commonest broken networks are found, with the cause in words, in three commands or fewer."""

import io
import re

import broken_nets
import pytest

import tinycnn as tc
from tinycnn.stepper.terminal.debugger import Debugger

FOUND = {
    "vanishing": ("continue, sizes", "vanishing (conv1 and conv2): ∂L/∂o becomes next to nothing"),
    "zero_init": ("continue, trouble", "dense5.W is 0 everywhere"),
    "dead_relu": ("continue, trouble", "maps 0, 1, 2, 3, 4, 5, 6, 7 of conv2 dead, 8 of 8: ∂L/∂o "
                  "is 0 at every unit and image; backward relu2 brought it in: relu2 gives 0"),
    "dead_relu_half": ("continue, trouble", "of conv2 dead, 6 of 8: ∂L/∂o is 0 at every unit and "
                       "image; backward relu2 brought it in: relu2 gives 0 there, for every image"),
    "saturated": ("continue, trouble", "tanh1 is saturated: |o| > 0.99 in 6"),
    "pixels255": ("sizes", "not of size 1 (input): about 1 is usual; are these pixels from 0 to "
                  "255"),
    "lr10": ("continue, sizes", "huge update (conv1, conv2, conv3, dense4 and dense5): the update "
             "is over 2 times as large as the weights: the learning rate is too large"),
    "exploding": ("continue, sizes", "exploding (dense1): o is over 50 times the input"),
    "off_by_one": ("continue, sizes", "surer of wrong answers than chance. Labels that do not "
                   "belong to the images"),
    "wrong_sign": ("check", "tanh2, WrongSign: wrong dx Likely cause: dx: the sign is wrong"),
    "no_bias_gradient": ("check", "dense4, DenseNoBias: wrong db Likely cause: db: all zeros"),
    "twice_mean": ("check", "dense4, DenseMean: wrong dW and db Likely cause: dW and db: divided "
                   "by the number of images N"),
    "stride_bug": ("check", "conv1, ConvStride: wrong dx"),
    "in_place": ("continue", "Likely cause: it writes into its argument (x)"),
    "in_place_back": ("continue", "Likely cause: it writes into its argument (dy)"),
    "no_softmax": ("continue, trouble", "the outputs of dense5 are no probabilities: they go "
                   "from -0.941 to 0.412, but L is the logarithm of a probability: is a softmax "
                   "missing"),
    "mse_sigmoid": ("continue, trouble", "their rows sum to 2.11 to 2.2, not to 1: is a sigmoid at "
                    "the end, where a softmax has to be?"),
    "nan_norm": ("continue, trouble", "forward norm: NaN in 3600 of 14400 numbers of norm, the "
                 "first at [2,0,0,0]; forward norm brought it in: all its inputs are finite"),
    "double_softmax": ("continue, trouble", "what goes into softmax2 are probabilities already"),
    "stateful": ("continue, trouble", "tanh2, KeepsItsCache: The layer remembers: dx for an "
                 "earlier cache changes after another forward pass"),
    "dropout": ("continue, trouble", "tanh4, Dropout: The same call gives different numbers"),
}


def said(net, x, t, rate, commands):
    out = io.StringIO()
    debugger = Debugger(tc.Stepper(net, x, t, learning_rate=rate), stdout=out, color="never")
    debugger.run_script(commands.split(", "))
    return re.sub(r"\s+", " ", out.getvalue())


@pytest.mark.parametrize("name", FOUND)
def test_a_broken_network_is_found(name):
    commands, words = FOUND[name]
    assert words in said(*getattr(broken_nets, name)(), commands)


def test_what_cannot_be_known_is_not_made_up():
    text = said(*broken_nets.transposed(), "continue, trouble, sizes, check")
    for words in ("none: no NaN", "No size is unusual", "All gradients are right, so it is not"):
        assert words in text
