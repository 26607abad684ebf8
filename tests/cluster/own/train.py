"""A user's own training program, as an image of theirs would run it: logistic regression by Newton's method, on the standardised numbers
that it is handed. It leaves out-of-fold predictions and an ONNX file.

FAULT in the environment makes it go wrong: nothing, boast, holes, zipmap, exit.
"""

import csv
import json
import os
import sys
import time
import urllib.request

import numpy as np
import onnx
from onnx import TensorProto, helper

FAULT = os.environ.get("FAULT", "")
RIDGE = 1.0


def read():
    with open(os.environ["PODIUM_TASK_FILE"], encoding="utf-8") as file:
        task = json.load(file)
    with open(os.environ["PODIUM_DATA_FILE"], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(os.environ["PODIUM_FOLDS_FILE"], encoding="utf-8", newline="") as file:
        folds = list(csv.DictReader(file))
    names = [feature["name"] for feature in task["features"]]
    x = np.array([[float(row[name]) for name in names] for row in rows])
    y = np.array([row[task["target"]] == task["classes"][1] for row in rows], dtype=float)
    return task, folds, x, y


def fit(x, y):
    """Mean and scale of the columns, coefficients, intercept."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    w = np.zeros(z.shape[1])
    penalty = np.full(len(w), RIDGE)
    penalty[-1] = 1e-9
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ w))
        step = np.linalg.solve((z.T * (p * (1 - p))) @ z + np.diag(penalty), z.T @ (y - p) - penalty * w)
        w += step
        if np.abs(step).max() < 1e-10:
            break
    return mean, scale, w


def predict(model, x):
    mean, scale, w = model
    return 1 / (1 + np.exp(-(((x - mean) / scale) @ w[:-1] + w[-1])))


def as_onnx(model, features, classes):
    mean, scale, w = model
    nodes = [
        helper.make_node("Scaler", ["X"], ["z"], domain="ai.onnx.ml", offset=mean.tolist(), scale=(1 / scale).tolist()),
        helper.make_node(
            "LinearClassifier", ["z"], ["label", "scores"], domain="ai.onnx.ml", post_transform="LOGISTIC",
            classlabels_strings=classes, coefficients=[*(-w[:-1]).tolist(), *w[:-1].tolist()],
            intercepts=[-w[-1], w[-1]],
        ),
    ]
    outputs = [helper.make_tensor_value_info("label", TensorProto.STRING, [None])]
    if FAULT == "zipmap":
        nodes.append(helper.make_node("ZipMap", ["scores"], ["maps"], domain="ai.onnx.ml", classlabels_strings=classes))
        kind = helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, [])))
        outputs.append(helper.make_value_info("maps", kind))
    else:
        outputs.append(helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, len(classes)]))
    graph = helper.make_graph(nodes, "own", [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, features])], outputs)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def log(metric, value):
    """A metric of its own in its run, as MLflow's client writes it."""
    point = {"run_id": os.environ["MLFLOW_RUN_ID"], "key": metric, "value": value, "timestamp": int(time.time() * 1000), "step": 0}
    address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-metric"
    request = urllib.request.Request(address, json.dumps(point).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).close()


def main():
    task, folds, x, y = read()
    output = os.environ["PODIUM_OUTPUT_DIR"]
    if FAULT == "exit":
        sys.exit("no luck today")
    if FAULT == "boast":
        log("roc_auc", 1.0)
        log("cv_roc_auc", 1.0)
    if FAULT in ("nothing", "boast"):
        return
    with open(os.path.join(output, "out_of_fold.csv"), "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", *task["classes"]])
        for fold in range(1, task["folds"] + 1):
            part = np.array([row[f"fold_{fold}"] for row in folds])
            model = fit(x[part == "train"], y[part == "train"])
            rows = np.flatnonzero(part == "validation")
            for row, p in zip(rows[1:] if FAULT == "holes" else rows, predict(model, x[rows])):
                writer.writerow([row, 1 - p, p])
    onnx.save(as_onnx(fit(x, y), x.shape[1], task["classes"]), os.path.join(output, "model.onnx"))
    print(f"trained on {len(x)} rows, run {os.environ.get('MLFLOW_RUN_ID')}")


main()
