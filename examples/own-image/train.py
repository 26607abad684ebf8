"""Trains a candidate of a TrainingPipeline on what Podium hands over: classes, from columns of numbers.

Needs pandas, scikit-learn and skl2onnx. docs/containers.md describes the files.
"""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

task = json.loads(Path(os.environ["PODIUM_TASK_FILE"]).read_text())
data = pd.read_csv(os.environ["PODIUM_DATA_FILE"], dtype={task["target"]: str})
folds = pd.read_csv(os.environ["PODIUM_FOLDS_FILE"], index_col="row")
output = Path(os.environ["PODIUM_OUTPUT_DIR"])

classes = task["classes"]
features = data[[feature["name"] for feature in task["features"]]].to_numpy(np.float32)
# By its number, so that the model's probabilities stand in the order of the classes.
target = data[task["target"]].map(classes.index).to_numpy()


def fit(rows):
    model = make_pipeline(SimpleImputer(), ExtraTreesClassifier(n_estimators=200, random_state=task["seed"]))
    return model.fit(features[rows], target[rows])


def predict(fold):
    model = fit(np.flatnonzero(folds[fold] == "train"))
    rows = np.flatnonzero(folds[fold] == "validation")
    probabilities = np.zeros((len(rows), len(classes)))
    probabilities[:, model.classes_] = model.predict_proba(features[rows])
    return pd.DataFrame(probabilities, index=rows, columns=classes)


pd.concat([predict(fold) for fold in folds]).to_csv(output / "out_of_fold.csv", index_label="row")
whole = fit(np.arange(len(features)))
model = to_onnx(whole, features[:1], options={"zipmap": False})
(output / "model.onnx").write_bytes(model.SerializeToString())
