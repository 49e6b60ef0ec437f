# From five log-odds to one probability: stacker, calibrator and conformal quantile, each fitted on rows that the models behind
# them did not learn from. `folds` is a list of (log-odds, answers).
import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

# Isotonic calibration has at most this many knots, each the mean of at least this many rows.
KNOTS = 40
KNOT_ROWS = 400
# Held towards equal small weights: the five are alike.
STACK_C = 0.01


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def log_loss(y, p):
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.where(y == 1, np.log(p), np.log(1 - p))))


def joined(folds):
    return np.concatenate([z for z, _ in folds]), np.concatenate([y for _, y in folds])


def fit_stacker(folds):
    z, y = joined(folds)
    fit = LogisticRegression(C=STACK_C, max_iter=1000, tol=1e-10).fit(z, y)
    return {"bias": float(fit.intercept_[0]), "weight": fit.coef_[0].tolist()}


def stacked_out_of_fold(folds):
    """Log-odds of the stack, each fold by the weights of the others."""
    if len(folds) == 1:
        stack = fit_stacker(folds)
        return folds[0][0] @ stack["weight"] + stack["bias"]
    stacks = [fit_stacker(folds[:k] + folds[k + 1 :]) for k in range(len(folds))]
    return np.concatenate([z @ s["weight"] + s["bias"] for s, (z, _) in zip(stacks, folds)])


def platt(z, y):
    """Sigmoid calibration (Platt 1999)."""
    fit = LogisticRegression(C=1e6, max_iter=1000, tol=1e-10).fit(z[:, None], y)
    return {"kind": "platt", "slope": float(fit.coef_[0][0]), "offset": float(fit.intercept_[0])}


def isotonic(z, y):
    """Isotonic calibration (Zadrozny and Elkan 2002) over bins of equal counts, straight lines between their means."""
    bins = np.array_split(np.argsort(z, kind="stable"), min(KNOTS, len(z) // KNOT_ROWS))
    said, came = np.array([sigmoid(z[b]).mean() for b in bins]), np.array([y[b].mean() for b in bins])
    came = IsotonicRegression().fit_transform(said, came)
    rising = np.concatenate([[True], np.diff(said) > 0])
    return {"kind": "isotonic", "said": said[rising].tolist(), "came": came[rising].tolist()}


def calibrate(part, z):
    if part["kind"] == "platt":
        return sigmoid(part["slope"] * z + part["offset"])
    return np.interp(sigmoid(z), part["said"], part["came"])


def fit_calibrator(folds):
    """Platt's, or isotonic where that does better on folds it was not fitted on."""
    z, y = stacked_out_of_fold(folds), joined(folds)[1]
    if len(folds) < 3 or len(z) < 10 * KNOT_ROWS:
        return platt(z, y)
    fold = np.repeat(np.arange(len(folds)), [len(t) for _, t in folds])
    loss = lambda fit: np.mean([log_loss(y[fold == k], calibrate(fit(z[fold != k], y[fold != k]), z[fold == k])) for k in range(len(folds))])
    return min((platt, isotonic), key=loss)(z, y)


def conformal(p, y, coverage=0.9):
    """Split conformal (Vovk 2005): the quantile of one minus the probability of what came."""
    scores = np.sort(np.where(y == 1, 1 - p, p))
    return float(scores[min(len(scores) - 1, int(np.ceil((len(scores) + 1) * coverage)) - 1)])
