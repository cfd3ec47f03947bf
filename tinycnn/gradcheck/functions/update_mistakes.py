"""What an update does if it is wrong in one of the known ways."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Params = dict[str, Array]
Mistakes = dict[tuple[str, str], Params]     # {(key of the cause, which form): the new params}


def wrong_updates(params: Params, grads: Params, rate: float) -> Mistakes:
    """The new parameters that are known to be wrong."""
    names = list(params)
    whole = float(np.sqrt(sum((g ** 2).sum() for g in grads.values())))
    steps = {
        ("climbs", ""): {name: -rate * grads[name] for name in names},
        ("climbs", "and without the learning rate"): {name: -grads[name] for name in names},
        ("rate_forgotten", ""): {name: grads[name] for name in names},
        ("rate_forgotten", "squared"): {name: rate ** 2 * grads[name] for name in names},
        ("rate_forgotten", "divided by it"): {name: grads[name] / rate for name in names},
        ("rate_forgotten", "1 - rate"): {name: (1 - rate) * grads[name] for name in names},
        ("rate_forgotten", "the rate without the gradient"): {
            name: np.full_like(grads[name], rate) for name in names},
        ("zero", "nothing changes"): {name: 0 * grads[name] for name in names},
        ("upstream_sign", ""): {name: rate * np.sign(grads[name]) for name in names},
        ("absolute", ""): {name: rate * np.abs(grads[name]) for name in names},
        ("squared", ""): {name: rate * grads[name] ** 2 for name in names},
        ("factor_extra", "times the weight"): {
            name: rate * grads[name] * params[name] for name in names},
        ("divided_by_N", "by the length of each array"): {
            name: rate * grads[name] / len(grads[name]) for name in names},
        ("mean_for_sum", "by the size of each array"): {
            name: rate * grads[name] / grads[name].size for name in names},
        ("wrong_sum", "the gradient's mean everywhere"): {
            name: np.full_like(grads[name], rate * grads[name].mean()) for name in names},
        ("wrong_sum", "the gradient's sum everywhere"): {
            name: np.full_like(grads[name], rate * grads[name].sum()) for name in names},
        ("normalised", "array by array"): {
            name: rate * grads[name] / np.linalg.norm(grads[name]) for name in names},
        ("normalised", "all together"): {name: rate * grads[name] / whole for name in names},
        ("normalised", "entry by entry, as Adam does"): {
            name: rate * grads[name] / (np.abs(grads[name]) + 1e-8) for name in names},
        ("assigned", "the step replaces the weights"): {
            name: params[name] + rate * grads[name] for name in names},
        ("assigned", "the step replaces the weights, positive"): {
            name: params[name] - rate * grads[name] for name in names},
        ("assigned", "the gradient replaces the weights"): {
            name: params[name] - grads[name] for name in names},
    }
    for limit in (0.1, 0.5, 1.0, 5.0):
        steps["clipped", f"at {limit:g}"] = {
            name: rate * np.clip(grads[name], -limit, limit) for name in names}
    return {key: {name: params[name] - step[name] for name in names}
            for key, step in steps.items()}
