# The two networks of a head, in JAX: a multilayer perceptron over a row and a gated recurrent unit over the last bars. Losses
# stand at the top level so that each is compiled once for all fits of a run.
import functools

import jax
import jax.numpy as jnp
import numpy as np

CLIP = 5.0
CLIP_SEQUENCE = 6.0
HIDDEN = 8
BATCH = 512
RATE = 2e-3
DECAY = 1e-4


def cross_entropy(z, y):
    return jnp.mean(jnp.logaddexp(0.0, z) - y * z)


@functools.cache
def stepper(loss):
    """Adam with decoupled weight decay (Loshchilov 2019), on matrices only."""

    @jax.jit
    def step(params, m, v, t, *batch):
        grads = jax.grad(loss)(params, *batch)
        m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
        v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, grads)
        move = lambda p, a, b: p - RATE * (
            (a / (1 - 0.9**t)) / (jnp.sqrt(b / (1 - 0.999**t)) + 1e-8) + (DECAY * p if p.ndim > 1 else 0)
        )
        return jax.tree.map(move, params, m, v), m, v

    return step


def train(loss, params, inputs, y, epochs, seed):
    step, random = stepper(loss), np.random.default_rng(seed)
    m, v = jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params)
    t = 0
    for _ in range(epochs):
        order = random.permutation(len(y))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            part, t = order[at : at + BATCH], t + 1
            params, m, v = step(params, m, v, float(t), inputs[part], y[part])
    return params


def scaling(rows):
    mean = rows.mean(0, dtype=np.float64).astype(np.float32)
    return mean, (1 / np.maximum(rows.std(0, dtype=np.float64), 1e-6)).astype(np.float32)


def perceptron_odds(params, z):
    for w, b in params[:-1]:
        z = jnp.tanh(z @ w + b)
    return (z @ params[-1][0] + params[-1][1])[:, 0]


perceptron_says = jax.jit(perceptron_odds)


def perceptron_loss(params, z, y):
    return cross_entropy(perceptron_odds(params, z), y)


def perceptron(x, y, layers, epochs, seed):
    mean, inverse = scaling(x)
    scaled = lambda rows: np.clip((rows - mean) * inverse, -CLIP, CLIP)
    random = np.random.default_rng(seed)
    sizes = (x.shape[1], *layers, 1)
    start = [(random.normal(0, (1 / a) ** 0.5, (a, b)).astype(np.float32), np.zeros(b, np.float32)) for a, b in zip(sizes, sizes[1:])]
    params = train(perceptron_loss, start, scaled(x), y.astype(np.float32), epochs, seed)
    parts = [{"weights": np.asarray(w).tolist(), "bias": np.asarray(b).tolist()} for w, b in params]
    out = {"clip": CLIP, "mean": mean.tolist(), "inverse": inverse.tolist(), "layers": parts, "epochs": epochs}
    return out, lambda rows: np.asarray(perceptron_says(params, scaled(rows)), np.float64)


def gru_odds(p, rows):
    h = HIDDEN

    def step(hidden, bar):
        a, g = bar @ p["W"] + p["b"], hidden @ p["U"] + p["c"]
        r = jax.nn.sigmoid(a[:, :h] + g[:, :h])
        z = jax.nn.sigmoid(a[:, h : 2 * h] + g[:, h : 2 * h])
        fresh = jnp.tanh(a[:, 2 * h :] + r * g[:, 2 * h :])
        return (1 - z) * fresh + z * hidden, None

    hidden, _ = jax.lax.scan(step, jnp.zeros((rows.shape[0], h), jnp.float32), jnp.swapaxes(rows, 0, 1))
    return (hidden @ p["out"] + p["bias"])[:, 0]


gru_says = jax.jit(gru_odds)


def gru_loss(params, rows, y):
    return cross_entropy(gru_odds(params, rows), y)


def gru(x, y, epochs, seed):
    mean, inverse = scaling(x.reshape(-1, x.shape[2]))
    scaled = lambda rows: np.clip((rows - mean) * inverse, -CLIP_SEQUENCE, CLIP_SEQUENCE)
    random = np.random.default_rng(seed)
    draw = lambda a, b: random.normal(0, (1 / a) ** 0.5, (a, b)).astype(np.float32)
    zeros = lambda n: np.zeros(n, np.float32)
    n, h = x.shape[2], HIDDEN
    start = {"W": draw(n, 3 * h), "U": draw(h, 3 * h), "b": zeros(3 * h), "c": zeros(3 * h), "out": draw(h, 1), "bias": zeros(1)}
    p = train(gru_loss, start, scaled(x), y.astype(np.float32), epochs, seed)
    out = {k: np.asarray(p[k]).tolist() for k in ("W", "U", "b", "c")}
    out |= {"out": np.asarray(p["out"])[:, 0].tolist(), "out_bias": float(p["bias"][0])}
    out |= {"clip": CLIP_SEQUENCE, "mean": mean.tolist(), "inverse": inverse.tolist(), "hidden": h, "epochs": epochs}
    return out, lambda rows: np.asarray(gru_says(p, scaled(rows)), np.float64)
