"""One learner of scikit-learn on one table, as a user writes it; arguments and answer are bench-trainer's."""
import json
import sys

import pandas
from common import Clock, answer
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score, roc_auc_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def learner(algorithm, parameters, threads, seed, numbers):
    if algorithm == "RandomForest":
        kind = RandomForestRegressor if numbers else RandomForestClassifier
        return kind(n_jobs=threads, random_state=seed, **parameters)
    if algorithm == "LinearRegression":
        return LinearRegression(**parameters)
    return LogisticRegression(**parameters)


def preparation(table):
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = [name for name in table if not pandas.api.types.is_numeric_dtype(table[name])]
    if not texts:
        return numbers
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer((encoder, texts), remainder=numbers)


def quality(model, features, truth, numbers):
    predicted = model.predict(features)
    if numbers:
        return {"rmse": root_mean_squared_error(truth, predicted), "r2_score": r2_score(truth, predicted)}
    probability = model.predict_proba(features)
    scores = {"accuracy": accuracy_score(truth, predicted), "log_loss": log_loss(truth, probability)}
    if probability.shape[1] > 2:
        return scores | {"roc_auc": roc_auc_score(truth, probability, multi_class="ovr")}
    return scores | {"f1_score": f1_score(truth, predicted), "roc_auc": roc_auc_score(truth, probability[:, 1])}


def main(train, test, algorithm, parameters, threads, seed):
    train, test = pandas.read_csv(train), pandas.read_csv(test)
    truth, test_truth = train.pop("target"), test.pop("target")
    numbers = truth.dtype.kind == "f"
    prepared = preparation(train)
    features = prepared.fit_transform(train)
    model = learner(algorithm, json.loads(parameters), int(threads), int(seed), numbers)
    with Clock() as clock:
        model.fit(features, truth)
    steps = int(model.n_iter_.max()) if hasattr(model, "n_iter_") else 0
    answer(clock, steps, quality(model, prepared.transform(test), test_truth, numbers))


main(*sys.argv[1:])
