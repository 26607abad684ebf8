"""Studies of Optuna on known functions, as bench-search runs ours: METHOD FUNCTION BATCH TRIALS SEED..., a JSON object a study."""
import json
import math
import sys
import time
import warnings

import numpy
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")

A = numpy.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P = 1e-4 * numpy.array([
    [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
])


def branin(x):
    valley = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def hartmann6(x):
    return -float(numpy.array([1, 1.2, 3, 3.2]) @ numpy.exp(-(A * (numpy.array(x) - P) ** 2).sum(1)))


def ackley5(x):
    x = numpy.array(x) - 2.5
    waves = numpy.cos(2 * math.pi * x).mean()
    return float(-20 * math.exp(-0.2 * math.sqrt((x * x).mean())) - math.exp(waves) + 20 + math.e)


# Function, bounds, lowest value.
FUNCTIONS = {
    "branin": (branin, [(-5, 10), (0, 15)], 0.39788735772973816),
    "hartmann6": (hartmann6, [(0, 1)] * 6, -3.322368011415515),
    "ackley5": (ackley5, [(-32.768, 32.768)] * 5, 0.0),
}


def sampler(method, seed):
    """Optuna's own settings for a batch: multivariate TPE with constant_liar; GP told that nothing is noisy."""
    if method == "GP":
        import torch

        torch.set_num_threads(1)
        return optuna.samplers.GPSampler(seed=seed, deterministic_objective=True)
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)


def run(method, function, batch, trials, seed):
    value_of, bounds, minimum = FUNCTIONS[function]
    distributions = {f"x{index}": optuna.distributions.FloatDistribution(low, high) for index, (low, high) in enumerate(bounds)}
    study = optuna.create_study(sampler=sampler(method, seed))
    seconds, told, best, half = 0.0, 0, math.inf, math.inf
    while told < trials:
        begin = time.process_time()
        asked = [study.ask(distributions) for _ in range(min(batch, trials - told))]
        seconds += time.process_time() - begin
        for trial in asked:
            value = value_of([trial.params[name] for name in distributions])
            begin = time.process_time()
            study.tell(trial, value)
            seconds += time.process_time() - begin
            best, told = min(best, value), told + 1
            if told == trials // 2:
                half = best
    return {"seed": seed, "half": half - minimum, "end": best - minimum, "seconds": seconds}


def main(method, function, batch, trials, *seeds):
    for seed in seeds:
        print(json.dumps(run(method, function, int(batch), int(trials), int(seed))), flush=True)


main(*sys.argv[1:])
