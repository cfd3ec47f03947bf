"""Five pieces of code as courses and students write them; each has one mistake. See
check_the_code_you_have.md."""

import numpy as np

rng = np.random.default_rng(0)

# --- 1. functions, as in many courses -------------------------------------------------------------


def max_pool_forward(x, pool_param):
    size, s = pool_param["pool_height"], pool_param["stride"]
    rows, columns = (x.shape[2] - size) // s + 1, (x.shape[3] - size) // s + 1
    out = np.zeros((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[:, :, i, j] = x[:, :, i * s:i * s + size, j * s:j * s + size].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward(dout, cache):
    x, pool_param = cache
    size, s = pool_param["pool_height"], pool_param["stride"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = x[:, :, i * s:i * s + size, j * s:j * s + size]
            winner = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, i * s:i * s + size, j * s:j * s + size] = winner * dout[:, :, i:i + 1, j:j + 1]
    return dx


# --- 2. a class that keeps x, and learns within backward ------------------------------------------


class DenseLayer:
    def __init__(self, input_size, output_size):
        self.weights = rng.normal(size=(input_size, output_size)) * 0.1
        self.bias = np.zeros(output_size)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.bias

    def backward(self, output_gradient, learning_rate):
        self.weights -= learning_rate * (self.inputs.T @ output_gradient)
        self.bias -= learning_rate * output_gradient.sum(axis=0)
        return output_gradient @ self.weights.T


# --- 3. a convolution with the channels last ------------------------------------------------------


class Conv2D:
    def __init__(self, num_filters, kernel_size, in_channels):
        self.W = rng.normal(size=(kernel_size, kernel_size, in_channels, num_filters))
        self.b = np.zeros(num_filters)

    def forward(self, x):
        self.x, k = x, self.W.shape[0]
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), (1, 2))
        return np.einsum("npqcij,ijcf->npqf", windows, self.W) + self.b

    def backward(self, dout):
        k = self.W.shape[0]
        dx, self.dW = np.zeros_like(self.x), np.zeros_like(self.W)
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                window = self.x[:, i:i + k, j:j + k]
                self.dW += np.einsum("nf,nijc->ijcf", dout[:, i, j], window)
                dx[:, i:i + k, j:j + k] += np.einsum("nf,ijcf->nijc", dout[:, i, j], self.W)
        self.db = dout.sum(axis=(0, 1))
        return dx


# --- 4. an optimizer ------------------------------------------------------------------------------


class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.v = {}, {}

    def update(self, params, grads):
        for name in params:
            m = self.beta1 * self.m.get(name, 0) + (1 - self.beta1) * grads[name]
            v = self.beta2 * self.v.get(name, 0) + (1 - self.beta2) * grads[name] ** 2
            self.m[name], self.v[name] = m, v
            params[name] -= self.lr * m / (np.sqrt(v) + self.eps)


# --- 5. a training loop ---------------------------------------------------------------------------


def train(net, x, t, epochs=20, batch_size=2, learning_rate=0.1, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        x = x[rng.permutation(len(x))]
        for i in range(0, len(x), batch_size):
            trace = net.forward(x[i:i + batch_size])
            y = trace.y.copy()
            y[np.arange(len(y)), t[i:i + batch_size]] -= 1
            back = net.backward(trace, y / len(y), of="logit")
            for name, gradient in net.parameter_gradients(trace, back).items():
                net.params[name] -= learning_rate * gradient
