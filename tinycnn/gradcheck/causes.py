"""The mistakes that the diagnosis knows by name, and what it says of each.

A sentence says what the numbers show and where to look; it does not show the line that is right.
`{q}` is replaced by what is wrong: "dx", "dW and db".
"""

from __future__ import annotations

CAUSES = {
    # --- the contract: what a layer does besides computing -------------------------------------
    "first_wrong_layer": "Going backward from the loss, the first wrong gradient arises in {q}. "
        "Gradients further on may be wrong because of it.",
    "raises": "{q}", "wrong_return": "{q}", "wrong_shape": "{q}", "missing_parameter": "{q}",
    "missing_method": "{q}",
    "empty_slice": "{q}: an empty array. A slice such as [p:-p] is empty if p is 0.",
    "argument_overwritten": "An argument is overwritten: {q}. The caller still needs the old "
        "numbers; look for in-place operations (*=, -=, x[...] =, out=).",
    "state_kept": "The layer remembers: {q}. What backward needs from a forward pass has to come "
        "through its cache, not from an attribute that the next call overwrites.",
    "accumulates": "Gradients pile up from call to call: {q}. Start every call from zeros.",
    "buffer_reused": "An output shares its memory with that of another call: {q}. Every call has "
        "to return a new array.",
    "random": "The same call gives different numbers: {q}. After it is built, a layer may draw "
        "nothing at random, and must fill all of its arrays (np.empty does not).",
    "weights_elsewhere": "The weights are not read from self.params: {q}. Copies (self.W, or "
        "something computed in __init__) do not follow when params change.",
    "params_shared": "Two layers share their parameters: {q}. What is made in the class, not in "
        "__init__, belongs to all of its layers.",
    "parameters_changed": "The layer changes its own parameters: {q}. That is the update's job; a "
        "layer only computes.",
    "dtype": "The precision changes on the way: {q}. float32 has to give float32, and float64 "
        "float64; look at np.zeros without a dtype, and at astype.",
    "float32": "{q}: right to 7 digits only. Something on the way is rounded to float32.",
    "integer": "{q}: the digits after the decimal point are lost. The result is written to an "
        "array of integers, or cast to int.",
    "overflow": "{q}: not finite where numbers are large. Something overflows; the same steps in "
        "another order would keep it small.",
    "not_finite": "{q}: NaN or infinite. Look for a division by 0, a log of 0, or memory that is "
        "never filled (np.empty).",
    "memory_order": "{q}: wrong if an array is not stored row by row. The code relies on strides "
        "or a flat view.",
    # --- any layer -----------------------------------------------------------------------------
    "upstream_forgotten": "{q}: the upstream gradient dy is forgotten. The numbers are the same "
        "for every dy; the chain rule has two factors.",
    "upstream_twice": "{q}: dy is used twice. The chain rule has one factor dy, not its square.",
    "upstream_rectified": "{q}: decided by the sign of dy. Whether a gradient passes depends on "
        "what happened in forward, never on its own sign or size.",
    "upstream_sign": "{q}: only the sign of dy is used, its size is lost.",
    "upstream_not_linear": "{q}: 1024 times the dy does not give 1024 times the result. A backward "
        "pass is linear in dy; small or large numbers may be cut off.",
    "derivative_forgotten": "{q}: dy is passed on unchanged. The layer's own derivative is "
        "missing.",
    "no_slope": "{q}: not 0, though y stays the same if that is changed a little. Does forward use "
        "it, and without rounding?",
    "sign": "{q}: the sign is wrong, everything else is right.",
    "zero": "{q}: all zeros. Is the result computed, and returned?",
    "constant": "{q}: the same number everywhere.",
    "absolute": "{q}: the size is right, the sign is lost (abs, sqrt of a square, or a ReLU).",
    "rectified": "{q}: negative numbers have become 0.",
    "clipped": "{q}: large numbers are cut off (clip, minimum or maximum).",
    "normalised": "{q}: the direction is right, the length is wrong: divided by its norm, its sum "
        "or its largest entry.",
    "squared": "{q}: squared, or multiplied with itself.",
    "scaled": "{q}: off by one constant factor everywhere.",
    "slightly_off": "{q}: off by a little everywhere: a rounded constant, a small number (eps) "
        "that is added, or an approximation.",
    "single_entry": "{q}: a single entry is wrong, the rest is right. Look at the first or last "
        "turn of a loop, or at a line that touches one index.",
    "times_N": "{q}: too large by the number of images N.",
    "divided_by_N": "{q}: divided by the number of images N, a mean over the batch. Only the loss "
        "owns 1/N; a layer sums.",
    "mean_for_sum": "{q}: a mean instead of a sum: too small by the number of terms.",
    "sum_for_one": "{q}: too large by a count of positions or channels: something is summed or "
        "added too often.",
    "first_sample_only": "{q}: only the first image of the batch counts.",
    "last_sample_only": "{q}: only the last image of the batch counts: = instead of +=?",
    "one_sample_missing": "{q}: the first or last image of the batch is left out.",
    "loop_left": "{q}: only the first turn of a loop counts: a return or break is inside the loop.",
    "assigned": "{q}: of several things to be summed only the last counts, it overwrites the "
        "others: = instead of +=.",
    "samples_mixed": "{q}: the images of a batch are mixed: an image's numbers change with the "
        "other images. An operation goes over the batch axis.",
    "samples_permuted": "{q}: right numbers at the wrong image: the batch is in another order.",
    "channels_mixed": "{q}: maps get the sum, the mean or one of the maps, or all get the same. "
        "Look at the channel axis.",
    "channels_permuted": "{q}: right numbers in the wrong map: the channels are in another order.",
    "transposed": "{q}: right numbers, but two axes are swapped (a transpose too many, or a "
        "missing one).",
    "memory_reshaped": "{q}: right numbers in the wrong places: a reshape where a transpose is "
        "needed, or a reshape in another memory order.",
    "misplaced": "{q}: right numbers in the wrong places. Look at the order of the axes.",
    "rows_columns_swapped": "{q}: rows and columns (H and W) are swapped.",
    "mirrored": "{q}: right numbers in reversed order along an axis.",
    "shifted": "{q}: right numbers, one place off: an index is too large or too small by one.",
    "border_missing": "{q}: the first or last row, column or channel is left out: a loop or slice "
        "ends one too early.",
    "wrong_sum": "{q}: the right numbers summed, averaged or repeated along the wrong axis.",
    "weight_decay": "{q}: a multiple of the weights is added. A regulariser belongs to the update "
        "or the loss, not to a layer.",
    "term_added": "{q}: the right answer with something added to it.",
    "factor_extra": "{q}: multiplied once too often: by the input, the output or dy, entry by "
        "entry.",
    "factor_missing": "{q}: a factor is missing: the right answer is divided by an array that it "
        "should contain.",
    "weights_forgotten": "{q}: computed without the weights, or with weights that are all alike.",
    "updated_first": "{q}: computed with the weights after their update: first dx, then that.",
    "input_forgotten": "{q}: computed without the input x, or with another one.",
    "bias_missing": "{q}: the bias is not added.",
    "bias_wrong": "{q}: the bias is there, but with the wrong sign, more than once, or at the "
        "wrong unit.",
    # --- windows: convolution and pooling ------------------------------------------------------
    "kernel_flipped": "{q}: the kernel is turned round (along rows, columns or both). Write down "
        "for one pixel which weight it was multiplied with in forward.",
    "kernel_rotated": "{q}: the kernel is turned by 90 degrees (np.rot90 turns once unless k=2).",
    "kernel_transposed": "{q}: rows and columns of the kernel are swapped.",
    "stride_forgotten": "{q}: the stride is forgotten: right as long as it is 1.",
    "stride_swapped": "{q}: the strides of rows and columns are swapped.",
    "padding_forgotten": "{q}: the padding is forgotten: right as long as there is none.",
    "padding_one_side": "{q}: the padding is not the same on both sides of the image.",
    "padding_value": "{q}: the image is continued at its border with other numbers than zeros.",
    "padding_not_removed": "{q}: the gradient is that of the padded image; the padding has to be "
        "cut off again.",
    "padding_cropped_off": "{q}: the padding is cut off in the wrong place: too much or too little "
        "at one side.",
    "overlap_assigned": "{q}: where windows overlap only the last one counts: = instead of +=.",
    "window_left_over": "{q}: wrong at the rows and columns that no whole window reaches.",
    "one_position": "{q}: only one position of the window counts, not all of them.",
    "channels_first_only": "{q}: only the first channel or filter counts.",
    "ties_all_paid": "{q}: each of several equal maxima gets the whole gradient. A window has one "
        "winner.",
    "ties_nearly": "{q}: several values that only nearly equal the maximum get the gradient: they "
        "are compared with a tolerance. A window has one winner.",
    "ties_last_wins": "{q}: among equal maxima the first in reading order has to win.",
    "ties_shared": "{q}: equal maxima share the gradient. The first in reading order gets all of "
        "it.",
    "all_positions_paid": "{q}: every place of the window gets the gradient, not only the winner.",
    "average_pooled": "{q}: an average over the window, not its maximum.",
    "minimum_pooled": "{q}: the smallest value of the window, not the largest.",
    "absolute_pooled": "{q}: the value with the largest size is taken, whatever its sign.",
    "starts_at_zero": "{q}: a maximum is never less than 0 (or another number that it starts "
        "from). Think of a window of negative values.",
    "winner_misplaced": "{q}: the gradient arrives in the right window, or near it, but not at the "
        "winner: the index within the window is read in the wrong way.",
    "winner_times_value": "{q}: the winner gets the gradient times its value. The derivative of a "
        "maximum is 1.",
    "winner_over_map": "{q}: one winner is chosen per map or batch, not one per window.",
    # --- element by element --------------------------------------------------------------------
    "derivative_of_input": "{q}: the formula of the derivative needs the output y and gets the "
        "input x (1 - x² for 1 - y²).",
    "activation_twice": "{q}: the activation is applied once more: to y instead of to x.",
    "derivative_formula": "{q}: the local derivative is another function's. dy is used in the "
        "right way, but its factor is not the derivative.",
    "other_function": "{q}: forward computes another function.",
    "kink": "{q}: at x = 0 exactly the derivative is 0 by convention; only there it is wrong.",
    "threshold": "{q}: a unit counts as off where x is a little more than 0: x is compared with a "
        "small number, or with a tolerance.",
    "mask_inverted": "{q}: passes where it should block, and blocks where it should pass.",
    "mask_missing": "{q}: nothing is blocked where the unit was off.",
    "not_blocked": "{q}: wrong only where it has to be 0: a mask is missing, or wrong.",
    "leaky": "{q}: a unit that is off lets a part through.",
    # --- softmax and the loss ------------------------------------------------------------------
    "diagonal_only": "{q}: only the diagonal of the Jacobian: every y_k depends on every x_j, not "
        "only on x_k.",
    "off_diagonal_sign": "{q}: the off-diagonal part of the Jacobian has the wrong sign or size.",
    "statistics_constant": "{q}: the terms of the mean and the variance are missing or wrong. Both "
        "change with every x; they are no constants.",
    "y_forgotten": "{q}: a factor y is missing in the Jacobian.",
    "softmax_axis": "{q}: normalised over the wrong axis: each image's row has to sum to 1.",
    "loss_in_softmax": "{q}: this is the softmax and the loss in one (y - target). A layer's "
        "backward multiplies dy with its own Jacobian and knows no labels.",
    "logits_for_probabilities": "{q}: the Jacobian is evaluated at the logits x, not at y.",
    "not_normalised": "{q}: the exponentials are not divided by their sum.",
    "loss_not_averaged": "{q}: the sum over the images, not their mean: 1/N is missing.",
    "loss_averaged_twice": "{q}: divided by N twice.",
    "loss_over_classes": "{q}: averaged or summed over the classes, too.",
    "target_missing": "{q}: the target is not subtracted, or subtracted at the wrong class.",
    "log_base": "{q}: a logarithm of another base.",
    # --- the update ----------------------------------------------------------------------------
    "climbs": "The update goes up the gradient instead of down.",
    "rate_forgotten": "The learning rate is forgotten, or applied more than once.",
    "not_in_place": "The arrays that were passed in do not change: w = w - ... makes a new array "
        "and rebinds the name. Write into the old one.",
    "gradients_changed": "The gradients are changed by the update.",
    "parameter_left_out": "{q}: not updated. Every parameter has to be.",
    "wrong_gradient": "{q}: the gradient of another parameter.",
    "momentum": "The update remembers earlier steps: the same gradient gives another step next "
        "time.",
    # -------------------------------------------------------------------------------------------
    "unknown": "{q}: none of the known mistakes gives these numbers.",
}
