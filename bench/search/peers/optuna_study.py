"""Studies of Optuna, as bench-search runs ours: BENCH_SEARCH METHOD FUNCTION BATCH TRIALS SEED..., a JSON object a study.

What the functions are, and their values, come from the program bench-search.
"""
import json
import math
import subprocess
import sys
import time
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")


class Function:
    """A function of bench-search, which gives its values."""

    def __init__(self, program, name):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen([program, "function", name], **pipes)
        about = json.loads(self.process.stdout.readline())
        self.minimum, self.parameters = about["minimum"], about["parameters"]
        self.has_conditions = any("when" in parameter for parameter in self.parameters)
        self.distributions = {parameter["name"]: distribution(parameter) for parameter in self.parameters}

    def ask(self, study):
        """All parameters at once where they are always there; else one after the other, as Optuna's users write it."""
        if not self.has_conditions:
            return study.ask(self.distributions)
        trial = study.ask()
        for parameter in self.parameters:
            if is_active(parameter, trial.params):
                suggest(trial, parameter["name"], self.distributions[parameter["name"]])
        return trial

    def value(self, point):
        self.process.stdin.write(json.dumps(point) + "\n")
        return json.loads(self.process.stdout.readline())


def distribution(parameter):
    for kind, of in [("double", optuna.distributions.FloatDistribution), ("int", optuna.distributions.IntDistribution)]:
        if kind in parameter:
            domain = parameter[kind]
            step = {"step": domain["step"]} if "step" in domain else {}
            return of(domain["min"], domain["max"], log=domain["scale"] == "Log", **step)
    return optuna.distributions.CategoricalDistribution(parameter["categorical"]["values"])


def suggest(trial, name, wanted):
    if isinstance(wanted, optuna.distributions.CategoricalDistribution):
        trial.suggest_categorical(name, wanted.choices)
    elif isinstance(wanted, optuna.distributions.IntDistribution):
        trial.suggest_int(name, wanted.low, wanted.high, log=wanted.log, step=wanted.step)
    else:
        trial.suggest_float(name, wanted.low, wanted.high, log=wanted.log, step=wanted.step)


def is_active(parameter, point):
    when = parameter.get("when")
    return when is None or point.get(when["parameter"]) in when["in"]


def sampler(method, seed, has_conditions):
    """Optuna's own settings for a batch: multivariate TPE with constant_liar, by groups where parameters depend on others; GP
    told that nothing is noisy."""
    if method == "GP":
        import torch

        torch.set_num_threads(1)
        return optuna.samplers.GPSampler(seed=seed, deterministic_objective=True)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True, group=has_conditions)


def run(method, function, batch, trials, seed):
    study = optuna.create_study(sampler=sampler(method, seed, function.has_conditions))
    seconds, told, best, half = 0.0, 0, math.inf, math.inf
    while told < trials:
        begin = time.process_time()
        asked = [function.ask(study) for _ in range(min(batch, trials - told))]
        seconds += time.process_time() - begin
        for trial in asked:
            value = function.value(trial.params)
            begin = time.process_time()
            study.tell(trial, value)
            seconds += time.process_time() - begin
            best, told = min(best, value), told + 1
            if told == trials // 2:
                half = best
    return {"seed": seed, "half": half - function.minimum, "end": best - function.minimum, "seconds": seconds}


def main(program, method, name, batch, trials, *seeds):
    function = Function(program, name)
    for seed in seeds:
        print(json.dumps(run(method, function, int(batch), int(trials), int(seed))), flush=True)


main(*sys.argv[1:])
