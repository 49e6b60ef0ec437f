# Fits the heads of a dataset that the core computed. python3 fit.py DATASETS.json OUT.json; arrays lie beside the datasets as raw
# numbers. Everything is seeded and runs on one thread: the same data gives the same numbers on the same machine.
#
# Walk-forward: the training rows are cut into folds by time. Each fold is scored by five models that were fitted on the rows
# before it (answers that reach into it purged, an embargo between). The first fold chooses among few settings and is not
# reported; each later one is judged with a stack and a calibration of the folds before it. The shipped five are fitted on all
# training rows, and score the validation rows as the last fold; stack and calibration come from all folds together.
import json
import os
import sys
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
from combine import calibrate, conformal, fit_calibrator, fit_stacker, log_loss, sigmoid, stacked_out_of_fold
from five import FIVE, hold

NO_ANSWER = 255
# Shares of the training rows at which folds begin; the first fold chooses settings.
FOLDS = (0.4, 0.55, 0.7, 0.85, 1.0)


def load(dataset, folder):
    n, steps = dataset["count"], dataset["steps"]
    read = lambda name, kind: np.fromfile(folder / f"{dataset['name']}.{name}", dtype=kind)
    return {
        "x": read("x", np.float32).reshape(n, len(dataset["features"])),
        "sequence": read("sequence", np.float32).reshape(n, steps, -1),
        "known_ms": read("known_ms", np.float64),
        "copy": read("copy", np.uint8) != 0,
        "answers": [read(f"answers{q}", np.uint8) for q in range(len(dataset["questions"]))],
        "answered_ms": [read(f"answered_ms{q}", np.float64) for q in range(len(dataset["questions"]))],
    }


def drift(x, columns):
    out = {"columns": columns, "edges": [], "share": []}
    for column in columns:
        edges = np.quantile(x[:, column].astype(np.float64), np.arange(1, 10) / 10).astype(np.float32)
        bins = (x[:, column][:, None] > edges[None, :]).sum(1)
        share = (np.bincount(bins, minlength=10) + 0.5) / (len(x) + 5)
        out["edges"].append(edges.tolist())
        out["share"].append(share.tolist())
    return out


def figures(y, p):
    share, bins = float(y.mean()), np.minimum((p * 10).astype(int), 9)
    ece = sum((bins == b).mean() * abs(p[bins == b].mean() - y[bins == b].mean()) for b in range(10) if (bins == b).any())
    return {
        "n": len(y),
        "accuracy": float(((p >= 0.5) == y).mean()),
        "base_rate": max(share, 1 - share),
        "log_loss": log_loss(y, p),
        "base_log_loss": log_loss(y, np.full(len(y), share)),
        "brier": float(((p - y) ** 2).mean()),
        "ece": float(ece),
    }


class Head:
    """One question of one dataset."""

    def __init__(self, data, question, dataset):
        self.x, self.sequence = data["x"], data["sequence"]
        self.y, self.known, self.copy = data["answers"][question], data["known_ms"], data["copy"]
        self.done = data["answered_ms"][question] + dataset["embargo_ms"]
        self.there = self.y != NO_ANSWER
        own = np.sort(self.known[self.there & ~self.copy & (self.known < dataset["validate_from_ms"])])
        at = lambda share: own[int(share * len(own))] if share < 1 else dataset["validate_from_ms"]
        self.borders = [*(at(share) for share in FOLDS), dataset["test_from_ms"]]
        self.choice = {}

    def before(self, time_ms):
        return self.there & (self.done <= time_ms)

    def between(self, from_ms, to_ms):
        return self.there & ~self.copy & (self.known >= from_ms) & (self.done <= to_ms)

    def inputs(self, name, rows):
        return self.sequence[rows] if name == "gru" else self.x[rows]

    def fit_one(self, name, train, test):
        """Numbers of one model and its log-odds of the rows of `test`; the first time with each setting, the best is kept."""
        fit, choices = FIVE[name]
        # The GRU does not see the time: to it a copy is the same row again.
        rows = train & ~self.copy if name == "gru" else train
        found = []
        for choice in [self.choice[name]] if name in self.choice else choices:
            part, score = fit(self.inputs(name, rows), self.y[rows], choice)
            odds = hold(score(self.inputs(name, test))) if test.any() else np.zeros(0)
            found.append((log_loss(self.y[test], sigmoid(odds)) if test.any() else 0.0, choice, part, odds))
        _, self.choice[name], part, odds = min(found, key=lambda one: one[0])
        return part, odds

    def fit(self, train, test):
        """The five on the rows of `train`: their numbers, and their log-odds of the rows of `test`."""
        fitted = {name: self.fit_one(name, train, test) for name in FIVE}
        return {name: part for name, (part, _) in fitted.items()}, np.stack([odds for _, odds in fitted.values()], 1)

    def window(self, rows):
        rows = rows & ~self.copy
        return [float(self.known[rows].min()), float(self.known[rows].max()), int(rows.sum())]


def walk(head):
    """The parts fitted on all training rows, and log-odds, answers and spans of each fold."""
    folds = []
    for begin, end in zip(head.borders, head.borders[1:]):
        test = head.between(begin, end)
        parts, odds = head.fit(head.before(begin), test)
        if test.any():
            folds.append((odds, head.y[test], head.window(test)))
    return parts, folds


def report(folds):
    """Each fold but the first, by the stack and the calibration of those before it."""
    out = []
    for k in range(1, len(folds)):
        odds, y, span = folds[k]
        earlier = [(z, t) for z, t, _ in folds[:k]]
        stack = fit_stacker(earlier)
        p = calibrate(fit_calibrator(earlier), odds @ stack["weight"] + stack["bias"])
        out.append({"from_ms": span[0], "to_ms": span[1], "logistic_log_loss": log_loss(y, sigmoid(odds[:, 2])), **figures(y, p)})
    return out


def fit_head(data, question, dataset):
    head = Head(data, question, dataset)
    parts, folds = walk(head)
    scored = [(z, t) for z, t, _ in folds]
    parts["stacker"], parts["calibrator"] = fit_stacker(scored), fit_calibrator(scored)
    p, y = calibrate(parts["calibrator"], stacked_out_of_fold(scored)), np.concatenate([t for _, t in scored])
    train = head.before(dataset["validate_from_ms"])
    parts["conformal"], parts["drift"] = conformal(p, y), drift(head.x[train & ~head.copy], dataset["drift_columns"])
    folded = head.between(head.borders[0], dataset["test_from_ms"])
    found = {"trained": head.window(train), "validated": head.window(folded), "choice": head.choice, "walk": report(folds)}
    for fold in found["walk"]:
        print("   ", {k: round(v, 4) for k, v in fold.items() if not k.endswith("_ms")}, file=sys.stderr, flush=True)
    return parts | found


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
