# The libraries that imported models come from: trains small models on rows of the core's features, saves them in their own
# formats, and says what the libraries themselves answer. python3 ask_models.py FOLDER: in x.f32, y.u8, sequence.f32 and
# shape.json, out the model files and one file of f64 answers each.
import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnxruntime
import xgboost
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

folder = Path(sys.argv[1])
shape = json.loads((folder / "shape.json").read_text())
x = np.fromfile(folder / "x.f32", np.float32).reshape(shape["rows"], len(shape["features"]))
y = np.fromfile(folder / "y.u8", np.uint8)
sequence = np.fromfile(folder / "sequence.f32", np.float32).reshape(shape["rows"], shape["steps"], -1)
fixtures = Path(shape["fixtures"])


def save(name, answers):
    np.asarray(answers, np.float64).tofile(folder / f"{name}.f64")


def open_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def runtime(session, rows):
    return session.run(None, {session.get_inputs()[0].name: rows})


booster = lightgbm.train(
    {"objective": "binary", "num_leaves": 31, "verbosity": -1, "num_threads": 1, "seed": 1},
    lightgbm.Dataset(x.astype(np.float64), y, feature_name=shape["features"]),
    100,
)
booster.save_model(folder / "lightgbm.txt")
save("lightgbm", booster.predict(x.astype(np.float64)))

matrix = xgboost.DMatrix(x, y, feature_names=shape["features"], nthread=1)
gradient = xgboost.train({"objective": "binary:logistic", "max_depth": 6, "nthread": 1, "seed": 1}, matrix, 80)
gradient.save_model(folder / "xgboost.json")
save("xgboost", gradient.predict(matrix))

for name, model in (
    ("forest", RandomForestClassifier(60, max_leaf_nodes=64, random_state=1)),
    ("logistic", make_pipeline(StandardScaler(), LogisticRegression(C=0.1))),
):
    model.fit(x, y)
    exported = to_onnx(model, x[:1], options={"zipmap": False}, target_opset=17)
    (folder / f"{name}.onnx").write_bytes(exported.SerializeToString())
    save(f"{name}-sklearn", model.predict_proba(x)[:, 1])
    save(f"{name}-onnxruntime", runtime(open_session(folder / f"{name}.onnx"), x)[1][:, 1])

# PyTorch exported these with a batch of one.
dense, gru = open_session(fixtures / "dense.onnx"), open_session(fixtures / "gru.onnx")
save("dense-onnxruntime", np.concatenate([runtime(dense, row[None, :6])[0][:, 0] for row in x]))
save("gru-onnxruntime", np.concatenate([runtime(gru, row[None, -12:, :3])[0][:, 0] for row in sequence]))
