"""Convolutions with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import Conv2D

wrong = partial(bug, "conv2d", Conv2D)

BUGS = (
    # --- in forward ---------------------------------------------------------------------------
    wrong("ConvFlipsKernelInForward", "kernel_flipped",
          "forward turns the kernel by 180°, as a convolution in mathematics; backward does not.",
          forward=("windows, W)", "windows, W[:, :, ::-1, ::-1])")),
    wrong("ConvForgetsBias", "bias_missing", "forward does not add the bias.",
          forward=("y + b[:, None, None]", "y")),
    wrong("ConvForgetsPadding", "padding_forgotten", "forward does not pad the image.",
          forward=("self.pad(x)", "x")),
    wrong("ConvRepeatsTheEdge", "padding_value", "The padding repeats the border; it should be 0.",
          forward=("self.pad(x)", 'np.pad(x, [(0, 0), (0, 0), *zip(self.padding, self.padding)], '
                   '"edge")')),
    wrong("ConvPadsOneSide", "padding_one_side", "All of the padding is above and to the left.",
          forward=("self.pad(x)", "np.roll(self.pad(x), self.padding, axis=(2, 3))")),
    wrong("ConvSwapsStrides", "stride_swapped", "The strides of rows and columns are swapped.",
          forward=("(sh, sw) =", "(sw, sh) =")),
    wrong("ConvSwapsHeightAndWidth", "rows_columns_swapped",
          "Rows and columns of the output are swapped: unit (p, q) is found at (q, p).",
          forward=("->nfpq", "->nfqp")),
    wrong("ConvReshapesBatch", "memory_reshaped",
          "The product (F, N, H', W') is only reshaped to (N, F, H', W'): a transpose is missing.",
          forward=(("->nfpq", "->fnpq"),
                   ("return y + b[:, None, None]", "y += b[:, None, None, None]\n"
                    "        return y.reshape(len(x), len(W), *y.shape[2:])"))),
    wrong("ConvSeesOneChannel", "channels_first_only", "Only the image's first channel is used.",
          forward=("windows, W)", "windows[:, :1], W[:, :1])")),
    wrong("ConvKeepsOwnWeights", "weights_elsewhere",
          "The weights are copied to self.W when the layer is built, and read from there.",
          init='self.W = self.params["W"].copy()',
          forward=('= self.params["W"],', "= self.W.astype(x.dtype),")),
    wrong("ConvRemembersInput", "state_kept",
          "backward uses self.x, the input of the latest forward pass, not its cache.",
          forward=("padded =", "self.x = x\n        padded ="),
          backward=("= cache,", "= self.x,"),
          parameter_gradients=("self.pad(cache)", "self.pad(self.x)")),
    # --- in backward --------------------------------------------------------------------------
    wrong("ConvFlipsKernelInBackward", "kernel_flipped", "backward turns the kernel by 180°.",
          backward=("q], W)", "q], W[:, :, ::-1, ::-1])")),
    wrong("ConvTransposesKernel", "kernel_transposed", "backward uses the kernel's transpose.",
          backward=("q], W)", "q], W.transpose(0, 1, 3, 2))")),
    wrong("ConvForgetsStride", "stride_forgotten", "backward puts window (p, q) at pixel (p, q).",
          backward=("self.window(dx, p, q)[...]",
                    "dx[:, :, p:p + W.shape[2], q:q + W.shape[3]]")),
    wrong("ConvAssignsOverlap", "overlap_assigned",
          "Where windows overlap, the last one overwrites the others: = instead of +=.",
          backward=("+=", "=")),
    wrong("ConvCropsOneOff", "padding_cropped_off",
          "The padding is cut off only below and to the right, so the image is shifted.",
          backward=("self.crop(dx)", "dx[:, :, :x.shape[2], :x.shape[3]]")),
    wrong("ConvReturnsPaddedGradient", "padding_not_removed", "The gradient keeps its padding.",
          backward=("self.crop(dx)", "dx")),
    wrong("ConvForgetsUpstream", "upstream_forgotten", "Units send W to their pixels, not dy · W.",
          backward=('np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)', "W.sum(axis=0)")),
    wrong("ConvSubtracts", "sign", "The gradients are subtracted, not added: the sign is wrong.",
          backward=("+=", "-=")),
    wrong("ConvRoundsToFloat32", "float32", "The gradient is always added up in float32.",
          backward=("np.zeros_like(x)", "np.zeros(x.shape, np.float32)")),
    # --- in parameter_gradients ---------------------------------------------------------------
    wrong("ConvDividesByN", "divided_by_N", "The gradients of the parameters are divided by N.",
          parameter_gradients=('"W": dW, "b": db', '"W": dW / len(dy), "b": db / len(dy)')),
    wrong("ConvAveragesBias", "mean_for_sum", "db is a mean over images and positions, not a sum.",
          parameter_gradients=("dy.sum(", "dy.mean(")),
    wrong("ConvLearnsFromFirstImage", "first_sample_only", "dW comes only from the first image.",
          parameter_gradients=(("dy[:, :, p, q]", "dy[:1, :, p, q]"),
                               ("self.window(padded,", "self.window(padded[:1],"))),
    wrong("ConvSkipsLastRow", "border_missing", "The loop over the rows ends one too early.",
          parameter_gradients=("(*dy.shape[2:])", "(dy.shape[2] - 1, dy.shape[3])")),
    wrong("ConvAccumulates", "accumulates", "dW is kept in self.dW, which is never set back to 0.",
          parameter_gradients=(('np.zeros_like(self.params["W"])',
                                'getattr(self, "dW", np.zeros_like(self.params["W"]))'),
                               ("db =", "self.dW = dW\n        db ="))),
)
