"""Points from Python: log.py loop|batches URL RUN COUNT. Prints one JSON object. The loop ends after ten seconds."""
import json
import os
import sys
import time

# Its thread changes the environment, which a request may be reading: now and then one fails.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
from mlflow.entities import Metric

LOOP_SECONDS = 10


def loop(run, count):
    end = time.perf_counter() + LOOP_SECONDS
    for i in range(count):
        if time.perf_counter() > end:
            return i
        mlflow.log_metric(f"m{i % 10}", i / 7, step=i // 10, run_id=run)
    return count


def batches(run, count):
    client = mlflow.MlflowClient()
    waiting = []
    for i in range(count):
        waiting.append(Metric(f"m{i % 10}", i / 7, int(time.time() * 1000), i // 10))
        if len(waiting) == 1000:
            client.log_batch(run, metrics=waiting)
            waiting = []
    if waiting:
        client.log_batch(run, metrics=waiting)
    return count


def main(mode, url, run, count):
    mlflow.set_tracking_uri(url)
    begin, processor = time.perf_counter(), time.process_time()
    points = {"loop": loop, "batches": batches}[mode](run, int(count))
    seconds, processor = time.perf_counter() - begin, time.process_time() - processor
    print(json.dumps({"points": points, "seconds": seconds, "processor_seconds": processor}))


main(*sys.argv[1:])
