"""Runs exported models in onnxruntime and through mlflow.pyfunc. One process for many models: MLflow takes seconds to load.

Reads folders from standard input, one a line, and answers each with a line of JSON: {"ok": answers} or {"error": traceback}.
A folder holds a model's files and rows.json:
    {"columns": [{"name", "type": "double"|"string", "values": [..., null for missing]}], "slices": [[from, to], ...]}
"""
import json
import pathlib
import sys
import traceback
import warnings

import numpy as np
import onnx
import onnxruntime
import pandas as pd

warnings.simplefilter("ignore")
import mlflow  # noqa: E402
import mlflow.onnx  # noqa: E402


def column(spec, start, end, missing_text):
    values = spec["values"][start:end]
    if spec["type"] == "double":
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    texts = [missing_text(row) if v is None else v for row, v in enumerate(values)]
    return pd.Series(texts, dtype=object).values


def plain(outputs):
    return {name: np.asarray(values).tolist() for name, values in outputs.items()}


def taken(spec):
    """A text that is a value of the column is that value and never a missing one."""
    return set(spec["values"])


def run_onnxruntime(session, columns, start, end):
    def spelled(spec):
        texts = [text for text in ["", "None", "nan", "NaN", "<NA>"] if text not in taken(spec)]
        return lambda row: texts[row % len(texts)]

    feeds = {c["name"]: column(c, start, end, spelled(c)) for c in columns}
    if len(feeds) == 1:
        feeds = {name: values.reshape(-1, 1) for name, values in feeds.items()}
    names = [output.name for output in session.get_outputs()]
    results = session.run(names, feeds)
    assert all(result.shape == (end - start,) for result in results), [result.shape for result in results]
    return plain(dict(zip(names, results)))


def run_mlflow(model, columns, start, end):
    def spelled(spec):
        values = [value for value in [None, float("nan"), "", pd.NA] if str(value) not in taken(spec)]
        return lambda row: values[row % len(values)]

    frame = pd.DataFrame({
        c["name"]: pd.Series(column(c, start, end, spelled(c)), dtype=object if c["type"] == "string" else None)
        for c in columns
    })
    answer = model.predict(frame)
    assert list(answer.columns) == [output.name for output in model.metadata.signature.outputs], list(answer.columns)
    return plain(answer)


def answers_of(folder):
    file = folder / "model.onnx"
    onnx.checker.check_model(str(file), full_check=True)
    proto = onnx.load(file)
    opsets = {entry.domain: entry.version for entry in proto.opset_import}
    assert (proto.ir_version, opsets) == (8, {"": 17, "ai.onnx.ml": 3}), (proto.ir_version, opsets)
    assert mlflow.onnx.load_model(str(folder)) == proto
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    model = mlflow.pyfunc.load_model(str(folder))
    assert [i.name for i in session.get_inputs()] == [i.name for i in model.metadata.signature.inputs]
    case = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    answers = [
        {
            "onnxruntime": run_onnxruntime(session, case["columns"], start, end),
            "mlflow": run_mlflow(model, case["columns"], start, end),
        }
        for start, end in case["slices"]
    ]
    return {"run_id": model.metadata.run_id, "slices": answers}


for line in sys.stdin:
    try:
        reply = {"ok": answers_of(pathlib.Path(line.rstrip("\n")))}
    except Exception:
        reply = {"error": traceback.format_exc()}
    print(json.dumps(reply), flush=True)
