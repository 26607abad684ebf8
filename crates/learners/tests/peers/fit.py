"""Fits scikit-learn's models on the rows given on standard input and prints what they predict.

Input: JSON {"cases": [{"name", "model", "parameters", "columns": [[...]], "target": [...], "weights": [...] or null}]}.
Output: JSON {name: {"coefficients", "intercepts", "predictions"}}; probabilities are row-major.
"""
import json
import sys

import numpy
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

MODELS = {m.__name__: m for m in (LogisticRegression, LinearRegression, RandomForestClassifier, RandomForestRegressor)}


def answer(case):
    # The learners see features as 32-bit numbers; scikit-learn gets the same numbers and computes in 64 bits.
    x = numpy.array(case["columns"], dtype=numpy.float32).T.astype(numpy.float64)
    model = MODELS[case["model"]](**case["parameters"])
    model.fit(x, numpy.array(case["target"]), sample_weight=case["weights"])
    predict = getattr(model, "predict_proba", model.predict)
    return {
        "coefficients": numpy.ravel(getattr(model, "coef_", [])).tolist(),
        "intercepts": numpy.ravel(getattr(model, "intercept_", [])).tolist(),
        "predictions": numpy.ravel(predict(x[case.get("tested", slice(None))])).tolist(),
    }


json.dump({case["name"]: answer(case) for case in json.load(sys.stdin)["cases"]}, sys.stdout)
