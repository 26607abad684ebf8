"""What a server can take: load.py URL RUN BATCHES CONNECTIONS posts ready-made batches of 1000 points to one run, so many
requests in flight at all times, without any client library. Prints one JSON object."""
import http.client
import json
import sys
import threading
import time
import urllib.parse

PATH = "/api/2.0/mlflow/runs/log-batch"
HEADERS = {"Content-Type": "application/json"}


def batch(run, number):
    now = int(time.time() * 1000)
    steps = range(number * 100, number * 100 + 100)
    metrics = [{"key": f"m{key}", "value": step / 7, "timestamp": now, "step": step} for step in steps for key in range(10)]
    return json.dumps({"run_id": run, "metrics": metrics}).encode()


def post(host, bodies, failed):
    """Takes bodies from the common list until it is empty: no connection waits for a slower one."""
    connection = http.client.HTTPConnection(host, timeout=300)
    while True:
        try:
            body = bodies.pop()
        except IndexError:
            return
        connection.request("POST", PATH, body, HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            failed.append(f"{answer.status}: {text[:200]!r}")
            return


def main(url, run, batches, connections):
    host, failed = urllib.parse.urlsplit(url).netloc, []
    bodies = [batch(run, number) for number in reversed(range(int(batches)))]
    threads = [threading.Thread(target=post, args=(host, bodies, failed)) for _ in range(int(connections))]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if failed:
        sys.exit(f"the server refused a batch: {failed[0]}")
    print(json.dumps({"points": 1000 * int(batches), "seconds": seconds}))


main(*sys.argv[1:])
