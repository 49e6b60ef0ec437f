# The five models of a head. Each is fit(rows, y, size, choice) -> (its numbers, rows -> log-odds); CHOICES are what the first
# fold of the walk decides among, once a head.
import lightgbm
import numpy as np
from networks import gru, perceptron
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

SEED = 20240501
LOG_ODDS_MAX = 12.0
FEW_ROWS = 25_000
FOREST_ROWS = 30_000


def hold(z):
    return np.clip(z, -LOG_ODDS_MAX, LOG_ODDS_MAX)


def log_odds(p):
    return hold(np.log(np.clip(p, 1e-9, 1 - 1e-9) / np.clip(1 - p, 1e-9, 1)))


def is_small(y):
    return len(y) < FEW_ROWS


def fit_boosted(x, y, choice):
    rounds, rate = choice
    params = {
        "objective": "binary",
        "num_leaves": 8 if is_small(y) else 15,
        "max_depth": 5,
        "learning_rate": rate,
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
    model = lightgbm.train(params, lightgbm.Dataset(x.astype(np.float64), y), rounds)
    return model.model_to_string(), lambda rows: model.predict(rows.astype(np.float64), raw_score=True)


def fit_forest(x, y, leaves):
    share = min(0.4, FOREST_ROWS / len(y))
    model = RandomForestClassifier(
        32, max_leaf_nodes=leaves, min_samples_leaf=150, max_features="sqrt", max_samples=share, random_state=SEED, n_jobs=1
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


def fit_logistic(x, y, c):
    mean, scale = x.mean(0, dtype=np.float64), np.maximum(x.std(0, dtype=np.float64), 1e-9)
    fit = LogisticRegression(C=c, max_iter=500, tol=1e-8).fit((x - mean) / scale, y)
    weight, bias = fit.coef_[0], float(fit.intercept_[0])
    out = {"bias": bias, "mean": mean.tolist(), "scale": scale.tolist(), "weight": weight.tolist()}
    return out, lambda rows: ((rows - mean) / scale) @ weight + bias


def fit_perceptron(x, y, epochs):
    return perceptron(x, y, (12, 8) if is_small(y) else (24, 12), epochs, SEED)


def fit_gru(sequence, y, epochs):
    return gru(sequence, y, epochs, SEED)


FIVE = {
    "boosted": (fit_boosted, ((80, 0.04), (100, 0.1))),
    "forest": (fit_forest, (24,)),
    "logistic": (fit_logistic, (0.001, 0.01)),
    "perceptron": (fit_perceptron, (2, 6)),
    "gru": (fit_gru, (2, 5)),
}
