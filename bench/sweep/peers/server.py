"""What a server can take of trials: server.py URL EXPERIMENT TRIALS CONNECTIONS creates, logs to and closes so many runs, as one trial does,
without any client library. Prints one JSON object."""
import http.client
import json
import sys
import threading
import time
import urllib.parse

HEADERS = {"Content-Type": "application/json"}


def post(connection, path, body):
    connection.request("POST", f"/api/2.0/mlflow/runs/{path}", json.dumps(body).encode(), HEADERS)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}: {text[:200]!r}")
    return json.loads(text)


def tags(**more):
    fixed = {"podium.dev/installation": "bench", "podium.dev/namespace": "bench", "podium.dev/owner-uid": "bench"}
    return [{"key": key, "value": value} for key, value in (fixed | more).items()]


def trial(connection, experiment, number):
    now = int(time.time() * 1000)
    record = json.dumps({"number": number, "attempt": 1, "worker": "w", "parameters": {"C": 0.1, "max_iter": 100}})
    made = {"podium.dev/trial": record, "podium.dev/key": str(number), "podium.dev/role": "trial", "podium.dev/run": "run"}
    body = {"experiment_id": experiment, "run_name": f"trial {number}", "start_time": now, "tags": tags(**made)}
    run = post(connection, "create", body)["run"]["info"]["run_id"]
    batch = {
        "run_id": run,
        "params": [{"key": "C", "value": "0.1"}, {"key": "max_iter", "value": "100"}],
        "metrics": [{"key": "cv_f1_score", "value": 0.9, "timestamp": now, "step": 0}],
        "tags": [{"key": "podium.dev/trial-result", "value": json.dumps({"attempt": 1, "end": {"kind": "Complete", "value": 0.9}})}],
    }
    post(connection, "log-batch", batch)
    post(connection, "update", {"run_id": run, "status": "FINISHED", "end_time": now})


def work(host, experiment, numbers, failed):
    connection = http.client.HTTPConnection(host, timeout=300)
    while not failed:
        try:
            number = numbers.pop()
        except IndexError:
            return
        try:
            trial(connection, experiment, number)
        except (OSError, RuntimeError) as error:
            failed.append(str(error))


def main(url, experiment, trials, connections):
    host, failed = urllib.parse.urlsplit(url).netloc, []
    numbers = list(range(int(trials)))
    threads = [threading.Thread(target=work, args=(host, experiment, numbers, failed)) for _ in range(int(connections))]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if failed:
        sys.exit(f"the server refused a trial: {failed[0]}")
    print(json.dumps({"trials": int(trials), "seconds": seconds}))


main(*sys.argv[1:])
