"""Writes the data sets of the bench as CSV files: data.py FOLDER."""
import pathlib
import sys

import numpy
import pandas
from sklearn.datasets import make_classification, make_friedman1


def classes(rows, columns, count=2):
    return make_classification(
        rows, columns, n_informative=min(columns // 3, 24), n_redundant=columns // 6, n_classes=count, flip_y=0.05, random_state=7
    )


def numbers(rows, columns):
    return make_friedman1(rows, columns, noise=1.0, random_state=7)


def categories(rows, columns):
    """Texts of twenty levels; each level moves the target."""
    draw = numpy.random.default_rng(7)
    codes = draw.integers(0, 20, (rows, columns))
    effects = draw.normal(size=(columns, 20))
    target = effects[numpy.arange(columns), codes].sum(axis=1) + draw.normal(size=rows)
    return numpy.char.add("level", codes.astype(str)), target


# Rows to fit on and rows to judge by.
SETS = {
    "classes": (37_500, 12_500, lambda rows: classes(rows, 30)),
    "numbers": (37_500, 12_500, lambda rows: numbers(rows, 30)),
    "many classes": (12_000, 3_000, lambda rows: classes(rows, 64, 10)),
    "wide classes": (5_000, 1_000, lambda rows: classes(rows, 400)),
    "wide numbers": (5_000, 1_000, lambda rows: numbers(rows, 400)),
    "tall classes": (200_000, 10_000, lambda rows: classes(rows, 8)),
    "tall numbers": (200_000, 10_000, lambda rows: numbers(rows, 8)),
    "few rows": (400, 400, lambda rows: numbers(rows, 1_500)),
    "categories": (20_000, 5_000, lambda rows: categories(rows, 6)),
}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (train, test, make) in SETS.items():
        features, target = make(train + test)
        frame = pandas.DataFrame(features, columns=[f"x{j}" for j in range(features.shape[1])])
        frame["target"] = target
        frame[:train].to_csv(folder / f"{name}-train.csv", index=False, float_format="%.9g")
        frame[train:].to_csv(folder / f"{name}-test.csv", index=False, float_format="%.9g")


main(pathlib.Path(sys.argv[1]))
