"""Writes the data sets of the bench as CSV files: data.py FOLDER."""
import pathlib
import sys

import pandas
from sklearn.datasets import make_classification, make_friedman1

TRAIN, TEST, COLUMNS = 37_500, 12_500, 30


def write(folder, name, features, target):
    frame = pandas.DataFrame(features, columns=[f"x{j}" for j in range(features.shape[1])])
    frame["target"] = target
    frame[:TRAIN].to_csv(folder / f"{name}-train.csv", index=False)
    frame[TRAIN:].to_csv(folder / f"{name}-test.csv", index=False)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rows = TRAIN + TEST
    write(folder, "classes", *make_classification(rows, COLUMNS, n_informative=10, n_redundant=5, flip_y=0.05, random_state=7))
    write(folder, "numbers", *make_friedman1(rows, COLUMNS, noise=1.0, random_state=7))


main(pathlib.Path(sys.argv[1]))
