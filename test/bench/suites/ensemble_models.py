# The models of the bench suite `ensemble`: 100 trees of 31 leaves by LightGBM, and the very same trees as an ONNX graph.
# python3 ensemble_models.py FOLDER: in x.f32, y.u8, shape.json; out lightgbm.txt, trees.onnx.
import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
from onnx import TensorProto, helper, save

folder = Path(sys.argv[1])
shape = json.loads((folder / "shape.json").read_text())
n = len(shape["features"])
x = np.fromfile(folder / "x.f32", np.float32).reshape(-1, n)
y = np.fromfile(folder / "y.u8", np.uint8)
booster = lightgbm.train(
    {"objective": "binary", "num_leaves": 31, "max_depth": 8, "verbosity": -1, "num_threads": 1, "seed": 1},
    lightgbm.Dataset(x.astype(np.float64), y, feature_name=shape["features"]),
    100,
)
booster.save_model(folder / "lightgbm.txt")

a = {k: [] for k in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")}
leaves = {"treeids": [], "nodeids": [], "ids": [], "weights": []}


def add(tree, node):
    me = len([t for t in a["treeids"] if t == tree])
    is_leaf = "leaf_value" in node
    # The largest f32 that is not above the threshold: the same split for f32 inputs.
    threshold = 0.0 if is_leaf else np.float32(node["threshold"])
    if not is_leaf and float(threshold) > node["threshold"]:
        threshold = np.nextafter(threshold, np.float32(-np.inf))
    for key, value in zip(a, (tree, me, 0 if is_leaf else node["split_feature"], "LEAF" if is_leaf else "BRANCH_LEQ", float(threshold), 0, 0)):
        a[key].append(value)
    if is_leaf:
        for key, value in zip(leaves, (tree, me, 0, node["leaf_value"])):
            leaves[key].append(value)
        return me
    at = len(a["treeids"]) - 1
    a["truenodeids"][at] = add(tree, node["left_child"])
    a["falsenodeids"][at] = add(tree, node["right_child"])
    return me


for info in booster.dump_model()["tree_info"]:
    add(info["tree_index"], info["tree_structure"])
ensemble = helper.make_node(
    "TreeEnsembleRegressor",
    ["x"],
    ["z"],
    domain="ai.onnx.ml",
    n_targets=1,
    post_transform="NONE",
    **{f"nodes_{k}": v for k, v in a.items()},
    **{f"target_{k}": v for k, v in leaves.items()},
)
sigmoid = helper.make_node("Sigmoid", ["z"], ["p"])
graph = helper.make_graph(
    [ensemble, sigmoid],
    "trees",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, n])],
    [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1])],
)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=9), folder / "trees.onnx")
