"""The loop that people write today: loop.py URL EXPERIMENT TRIALS, random search that logs each trial by mlflow's own client. Prints one JSON
object."""
import json
import math
import random
import sys
import time

import mlflow


def main(url, experiment, trials):
    mlflow.set_tracking_uri(url)
    mlflow.set_experiment(experiment_id=experiment)
    draw = random.Random(1)
    with mlflow.start_run(run_name="loop"):
        begin = time.perf_counter()
        for number in range(int(trials)):
            point = {"C": math.exp(draw.uniform(math.log(0.001), math.log(100))), "max_iter": draw.randint(50, 500)}
            with mlflow.start_run(run_name=f"trial {number}", nested=True):
                mlflow.log_params(point)
                mlflow.log_metric("cv_f1_score", 1 / (1 + point["C"]))
        seconds = time.perf_counter() - begin
    print(json.dumps({"trials": int(trials), "seconds": seconds}))


main(*sys.argv[1:])
