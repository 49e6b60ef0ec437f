# Fits the five models of every head on a dataset that the core computed, and what stands behind them: stacker, calibrator,
# conformal quantile, drift reference. python3 fit.py DATASET.json OUT.json; arrays lie beside the dataset as raw numbers.
# Everything is seeded and runs on one thread: the same data gives the same numbers on the same machine.
import json
import os
import sys
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import lightgbm
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

SEED = 20240501
CLIP = 5.0
CLIP_SEQUENCE = 6.0
HIDDEN_GRU = 8
LAYERS = (24, 12)
BATCH = 512
NO_ANSWER = 255
LOG_ODDS_MAX = 12.0


def load(dataset, folder):
    n, steps = dataset["count"], dataset["steps"]
    read = lambda name, kind: np.fromfile(folder / f"{dataset['name']}.{name}", dtype=kind)
    return {
        "x": read("x", np.float32).reshape(n, len(dataset["features"])),
        "sequence": read("sequence", np.float32).reshape(n, steps, -1),
        "known_ms": read("known_ms", np.float64),
        "answers": [read(f"answers{q}", np.uint8) for q in range(len(dataset["questions"]))],
        "answered_ms": [read(f"answered_ms{q}", np.float64) for q in range(len(dataset["questions"]))],
    }


def hold(z):
    return np.clip(z, -LOG_ODDS_MAX, LOG_ODDS_MAX)


def log_odds(p):
    return hold(np.log(np.clip(p, 1e-9, 1 - 1e-9) / np.clip(1 - p, 1e-9, 1)))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def log_loss(y, p):
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.where(y == 1, np.log(p), np.log(1 - p))))


def boosted(x, y, xv, yv, small):
    params = {
        "objective": "binary",
        "num_leaves": 8 if small else 15,
        "max_depth": 5,
        "learning_rate": 0.04,
        "min_data_in_leaf": 300,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": SEED,
        "verbosity": -1,
    }
    train = lightgbm.Dataset(x.astype(np.float64), y)
    valid = lightgbm.Dataset(xv.astype(np.float64), yv, reference=train)
    model = lightgbm.train(params, train, 80, valid_sets=[valid], callbacks=[lightgbm.early_stopping(20, verbose=False)])
    rounds = max(model.best_iteration, 1)
    return model.model_to_string(num_iteration=rounds), lambda rows: model.predict(
        rows.astype(np.float64), raw_score=True, num_iteration=rounds
    )


def forest(x, y, _xv, _yv, _small):
    model = RandomForestClassifier(
        40, max_leaf_nodes=32, min_samples_leaf=150, max_features="sqrt", max_samples=0.4, random_state=SEED, n_jobs=1
    ).fit(x, y)
    trees = [
        {
            "left": t.children_left.tolist(),
            "right": t.children_right.tolist(),
            "feature": t.feature.tolist(),
            "threshold": t.threshold.tolist(),
            "yes": t.value[:, 0, 1].tolist(),
            "cover": t.weighted_n_node_samples.tolist(),
        }
        for t in (e.tree_ for e in model.estimators_)
    ]
    return trees, lambda rows: log_odds(model.predict_proba(rows)[:, 1])


def logistic(x, y, xv, yv, _small):
    mean, scale = x.mean(0, dtype=np.float64), np.maximum(x.std(0, dtype=np.float64), 1e-9)
    z, zv = (x - mean) / scale, (xv - mean) / scale
    fits = [LogisticRegression(C=c, max_iter=500, tol=1e-8).fit(z, y) for c in (0.001, 0.01, 0.1)]
    best = min(fits, key=lambda fit: log_loss(yv, fit.predict_proba(zv)[:, 1]))
    out = {"bias": float(best.intercept_[0]), "mean": mean.tolist(), "scale": scale.tolist(), "weight": best.coef_[0].tolist()}
    return out, lambda rows: ((rows - mean) / scale) @ best.coef_[0] + best.intercept_[0]


def adam(loss, params, batches, rate=2e-3, decay=1e-4):
    """Decoupled weight decay (Loshchilov 2019) on matrices only."""
    moments = jax.tree.map(lambda p: (jnp.zeros_like(p), jnp.zeros_like(p)), params)

    @jax.jit
    def step(params, m, v, t, *batch):
        grads = jax.grad(loss)(params, *batch)
        m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, grads)
        v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, grads)
        move = lambda p, a, b: p - rate * (
            (a / (1 - 0.9**t)) / (jnp.sqrt(b / (1 - 0.999**t)) + 1e-8) + (decay * p if p.ndim > 1 else 0)
        )
        return jax.tree.map(move, params, m, v), m, v

    m = jax.tree.map(jnp.zeros_like, params)
    v = jax.tree.map(jnp.zeros_like, params)
    del moments
    for t, batch in enumerate(batches, 1):
        params, m, v = step(params, m, v, float(t), *batch)
    return params


def epochs(arrays, y, count):
    random = np.random.default_rng(SEED)
    for _ in range(count):
        order = random.permutation(len(y))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            part = order[at : at + BATCH]
            yield *(a[part] for a in arrays), y[part]


def best_epochs(fit, choices, xv, yv):
    """The number of epochs that scored best on the validation rows."""
    fits = [fit(count) for count in choices]
    return min(fits, key=lambda f: log_loss(yv, sigmoid(f[1](xv))))


def cross_entropy(z, y):
    return jnp.mean(jnp.logaddexp(0.0, z) - y * z)


def perceptron(x, y, xv, yv, small):
    mean = x.mean(0, dtype=np.float64).astype(np.float32)
    inverse = (1 / np.maximum(x.std(0, dtype=np.float64), 1e-6)).astype(np.float32)
    scaled = lambda rows: np.clip((rows - mean) * inverse, -CLIP, CLIP)
    random = np.random.default_rng(SEED)
    sizes = (x.shape[1], *((12, 8) if small else LAYERS), 1)
    start = [
        (random.normal(0, (1 / a) ** 0.5, (a, b)).astype(np.float32), np.zeros(b, np.float32))
        for a, b in zip(sizes, sizes[1:])
    ]

    def forward(params, z):
        for w, b in params[:-1]:
            z = jnp.tanh(z @ w + b)
        return (z @ params[-1][0] + params[-1][1])[:, 0]

    def fit(count):
        params = adam(lambda p, z, t: cross_entropy(forward(p, z), t), start, epochs((scaled(x),), y.astype(np.float32), count))
        layers = [{"weights": np.asarray(w).tolist(), "bias": np.asarray(b).tolist()} for w, b in params]
        out = {"clip": CLIP, "mean": mean.tolist(), "inverse": inverse.tolist(), "layers": layers, "epochs": count}
        return out, lambda rows: np.asarray(forward(params, jnp.asarray(scaled(rows))), np.float64)

    return best_epochs(fit, (2, 6), xv, yv)


def gru(x, y, xv, yv, _small):
    flat = x.reshape(-1, x.shape[2])
    mean = flat.mean(0, dtype=np.float64).astype(np.float32)
    inverse = (1 / np.maximum(flat.std(0, dtype=np.float64), 1e-6)).astype(np.float32)
    scaled = lambda rows: np.clip((rows - mean) * inverse, -CLIP_SEQUENCE, CLIP_SEQUENCE)
    random = np.random.default_rng(SEED)
    draw = lambda a, b: random.normal(0, (1 / a) ** 0.5, (a, b)).astype(np.float32)
    zeros = lambda n: np.zeros(n, np.float32)
    n, h = x.shape[2], HIDDEN_GRU
    start = {"W": draw(n, 3 * h), "U": draw(h, 3 * h), "b": zeros(3 * h), "c": zeros(3 * h), "out": draw(h, 1), "bias": zeros(1)}

    def forward(p, rows):
        def step(hidden, bar):
            a, g = bar @ p["W"] + p["b"], hidden @ p["U"] + p["c"]
            r = jax.nn.sigmoid(a[:, :h] + g[:, :h])
            z = jax.nn.sigmoid(a[:, h : 2 * h] + g[:, h : 2 * h])
            fresh = jnp.tanh(a[:, 2 * h :] + r * g[:, 2 * h :])
            return (1 - z) * fresh + z * hidden, None

        hidden, _ = jax.lax.scan(step, jnp.zeros((rows.shape[0], h), jnp.float32), jnp.swapaxes(rows, 0, 1))
        return (hidden @ p["out"] + p["bias"])[:, 0]

    def fit(count):
        p = adam(lambda q, rows, t: cross_entropy(forward(q, rows), t), start, epochs((scaled(x),), y.astype(np.float32), count))
        out = {k: np.asarray(p[k]).tolist() for k in ("W", "U", "b", "c")}
        out |= {"out": np.asarray(p["out"])[:, 0].tolist(), "out_bias": float(p["bias"][0])}
        out |= {"clip": CLIP_SEQUENCE, "mean": mean.tolist(), "inverse": inverse.tolist(), "hidden": h, "epochs": count}
        return out, lambda rows: np.asarray(forward(p, jnp.asarray(scaled(rows))), np.float64)

    return best_epochs(fit, (2, 5), xv, yv)


def platt(z, y):
    """Sigmoid calibration (Platt 1999)."""
    fit = LogisticRegression(C=1e6, max_iter=1000, tol=1e-10).fit(z[:, None], y)
    return float(fit.coef_[0][0]), float(fit.intercept_[0])


def conformal(p, y, coverage=0.9):
    """Split conformal (Vovk 2005): the quantile of one minus the probability of what came."""
    scores = np.sort(np.where(y == 1, 1 - p, p))
    return float(scores[min(len(scores) - 1, int(np.ceil((len(scores) + 1) * coverage)) - 1)])


def drift(x, columns):
    out = {"columns": columns, "edges": [], "share": []}
    for column in columns:
        edges = np.quantile(x[:, column].astype(np.float64), np.arange(1, 10) / 10).astype(np.float32)
        bins = (x[:, column][:, None] > edges[None, :]).sum(1)
        share = (np.bincount(bins, minlength=10) + 0.5) / (len(x) + 5)
        out["edges"].append(edges.tolist())
        out["share"].append(share.tolist())
    return out


def fit_head(data, question, dataset):
    y, answered = data["answers"][question], data["answered_ms"][question]
    known, embargo = data["known_ms"], dataset["embargo_ms"]
    there = y != NO_ANSWER
    train = there & (answered + embargo <= dataset["validate_from_ms"])
    valid = there & (known >= dataset["validate_from_ms"]) & (answered + embargo <= dataset["test_from_ms"])
    pick = lambda rows: (data["x"][rows], data["sequence"][rows], y[rows])
    (x, s, t), (xv, sv, tv) = pick(train), pick(valid)
    small = len(t) < 20_000
    parts, odds = {}, []
    for name, fit in (("boosted", boosted), ("forest", forest), ("logistic", logistic), ("perceptron", perceptron), ("gru", gru)):
        mine, theirs = (s, sv) if name == "gru" else (x, xv)
        parts[name], score = fit(mine, t, theirs, tv, small)
        odds.append(hold(score(theirs)))
        print(f"  {name}: validation log-loss {log_loss(tv, sigmoid(odds[-1])):.5f}", file=sys.stderr, flush=True)
    z = np.stack(odds, 1)
    # Fitted on rows that none of the five has learned from; strongly held towards equal small weights.
    stack = LogisticRegression(C=0.01, max_iter=1000, tol=1e-10).fit(z, tv)
    parts["stacker"] = {"bias": float(stack.intercept_[0]), "weight": stack.coef_[0].tolist()}
    stacked = z @ stack.coef_[0] + stack.intercept_[0]
    # Few rows: the shrunken stack as it is, since another fit on the same rows would only undo the shrinking.
    slope, offset = (1.0, 0.0) if small else platt(stacked, tv)
    parts["calibrator"] = {"kind": "platt", "slope": slope, "offset": offset}
    p = sigmoid(slope * stacked + offset)
    parts["conformal"] = conformal(p, tv)
    parts["drift"] = drift(x, dataset["drift_columns"])
    window = lambda rows: [float(known[rows].min()), float(known[rows].max()), int(rows.sum())]
    return parts | {"trained": window(train), "validated": window(valid), "validation_log_loss": log_loss(tv, p)}


def main(path, out):
    folder = Path(path).parent
    heads = []
    for dataset in json.loads(Path(path).read_text()):
        data = load(dataset, folder)
        for q, name in enumerate(dataset["questions"]):
            print(f"{dataset['name']} {name}", file=sys.stderr, flush=True)
            heads.append({"timeframe_s": dataset["timeframe_s"], "question": name} | fit_head(data, q, dataset))
    Path(out).write_text(json.dumps(heads))


main(*sys.argv[1:])
