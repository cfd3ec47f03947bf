# %% [markdown]
# # Three calls
#
# Equation 2 of the paper writes the gradient of a weight w as a product of three factors,
#
#     ∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w
#
# and tinycnn has one call for each step on that way. Nothing here is trained yet: the identities
# below hold for any network and any faces.

# %%
import numpy as np

import tinycnn as tc

faces = tc.drawn_faces(people=3)
net = tc.face_net(n_classes=3, seed=0).astype(np.float64)
x, t = faces.images[:6], faces.labels[:6]
print(net)

# %% [markdown]
# **First call.** `forward` computes every unit's output o and keeps them all.

# %%
trace = net.forward(x)
print(trace["tanh1"].shape, "outputs of the first layer: images, maps, rows, columns")
print("y of the first face:", trace.y[0].round(3))

# %% [markdown]
# **Second call.** `backward` multiplies a seed with ∂y/∂o, at every unit. Seeded with ∂L/∂y it
# gives what training needs, ∂L/∂o. Here L is the mean negative log-likelihood, so ∂L/∂y is
# -1/(N y_t) at the true label t and 0 elsewhere.

# %%
n = len(x)
dL_dy = np.zeros_like(trace.y)
dL_dy[np.arange(n), t] = -1 / (n * trace.y[np.arange(n), t])
back = net.backward(trace, dL_dy)
print(back["tanh1"].shape, "∂L/∂o, one number for each unit")

# %% [markdown]
# **Third call.** `parameter_gradients` multiplies with ∂o/∂w and adds up over the places that share
# a weight.

# %%
grads = net.parameter_gradients(trace, back)
print({name: grad.shape for name, grad in grads.items()})

# %% [markdown]
# **Predict first:** what comes out if the seed is not ∂L/∂y but a row with one 1? Then `backward`
# gives ∂y_k/∂o, the paper's prediction gradient (eq. 1): how much each unit moves one prediction.
# The training gradient is made of these, dL/do = Σ_k dL/dy_k · dy_k/do:

# %%
dy_do = tc.prediction_gradients(net, x, ["tanh1"])["tanh1"]
print(dy_do.shape, "images, classes, and then the units")
total = np.einsum("nk,nk...->n...", dL_dy, dy_do)
assert np.allclose(total, back["tanh1"], 1e-12, 1e-15)

# %% [markdown]
# The probabilities sum to 1, whatever a unit does. So its K gradients cancel:

# %%
assert np.abs(dy_do.sum(axis=1)).max() < 1e-15
print("largest |Σ_k ∂y_k/∂o|:", np.abs(dy_do.sum(axis=1)).max())
