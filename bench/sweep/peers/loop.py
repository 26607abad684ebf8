"""The loop that people write today: loop.py URL EXPERIMENT TRIALS PACKAGES, Optuna's random search that logs each trial by mlflow's own
client. PACKAGES is a folder with Optuna. Prints one JSON object."""
import json
import sys
import time

import mlflow


def main(url, experiment, trials, packages):
    # Behind what is here, which therefore wins.
    sys.path.append(packages)
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    mlflow.set_tracking_uri(url)
    mlflow.set_experiment(experiment_id=experiment)

    def objective(trial):
        point = {"C": trial.suggest_float("C", 0.001, 100, log=True), "max_iter": trial.suggest_int("max_iter", 50, 500)}
        with mlflow.start_run(run_name=f"trial {trial.number}", nested=True):
            value = 1 / (1 + point["C"])
            mlflow.log_params(point)
            mlflow.log_metric("cv_f1_score", value)
        return value

    with mlflow.start_run(run_name="loop"):
        begin = time.perf_counter()
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))
        study.optimize(objective, n_trials=int(trials))
        seconds = time.perf_counter() - begin
    print(json.dumps({"trials": int(trials), "seconds": seconds}))


main(*sys.argv[1:])
