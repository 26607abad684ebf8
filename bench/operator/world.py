"""What the operator is measured in: a full cluster, an MLflow server, processes. Each ends what it started."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import ROOT, output, places, say

TICKS = os.sysconf("SC_CLK_TCK")


def wait_for(what, probe, within=120.0):
    """The first true answer of `probe`."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        answer = probe()
        if answer:
            return answer
        time.sleep(0.02)
    sys.exit(f"bench operator: {what} did not happen within {within:.0f} s")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A program with its log in a folder; `cpu` and `memory` are the kernel's figures of it."""

    def __init__(self, folder, name, command, **environment):
        self.log = pathlib.Path(folder, f"{name}.log")
        with self.log.open("wb") as log:
            command = [str(word) for word in command]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def text(self):
        if self.process.poll() is not None:
            sys.exit(f"bench operator: {self.process.args[0]} ended early: {self.log.read_text(encoding='utf-8')[-2000:]}")
        return self.log.read_text(encoding="utf-8")

    def cpu(self):
        """Processor seconds so far, of user and system."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Resident memory in MB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 / 1e6


class Cluster:
    """The full cluster that runs on this machine, or one of our own."""

    def __enter__(self):
        shell = f". '{ROOT}/scripts/lib/common.sh'; full_cluster"
        folder = os.environ.get("CLUSTER_DIR") or output(["bash", "-c", shell])
        self.own = not folder
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="podium-b-"))
        os.environ["CLUSTER_DIR"] = str(self.folder)
        if self.own:
            output(["cluster/cluster", "build"])
            output(["cluster/cluster", "up"])
        self.kubeconfig = self.folder / "pki" / "admin.kubeconfig"
        return self

    def __exit__(self, *_):
        if self.own:
            output(["cluster/cluster", "down"])
            shutil.rmtree(self.folder, ignore_errors=True)

    def kubectl(self, *arguments, **options):
        return output(["cluster/cluster", "kubectl", *arguments], **options)

    def proxy(self, folder, name):
        """Plain HTTP to the API server; its log names every request."""
        kubectl = [places()["CLUSTER_CACHE"] / "bin" / "podium-kube", "kubectl", "--kubeconfig", self.kubeconfig]
        return Process(folder, name, [*kubectl, "proxy", "--port=0", "-v=6"])


def proxy_url(proxy):
    port = wait_for("the API proxy", lambda: re.search(r"serve on 127\.0\.0\.1:(\d+)", proxy.text()))[1]
    return f"http://127.0.0.1:{port}"


def writes(proxy):
    """What went through a proxy and changes something, by verb and resource; leases are counted as what they are."""
    found = {}
    for verb, path in re.findall(r'"Response" verb="(POST|PUT|PATCH|DELETE)" url="https://[^/]+([^"?]*)', proxy.text()):
        parts = path.split("/")
        kind = parts[parts.index("namespaces") + 2] if "namespaces" in parts[:-2] else parts[-1]
        name = f"{verb} {kind}{'/status' if parts[-1] == 'status' else ''}"
        found[name] = found.get(name, 0) + 1
    return found


class Api:
    """JSON over HTTP."""

    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            sys.exit(f"bench operator: {method} {path}: {error.code} {error.read().decode()[:500]}")


def text_of(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return ""


class Mlflow:
    """A server that pods reach over the cluster's bridge."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="podium-bench-")
        host = os.environ.get("CLUSTER_POD_NET", "10.88") + ".0.1"
        start = ["scripts/mlflow", "start", self.folder, str(free_port()), host, "--server", "uvicorn", "--allowed-hosts", f"{host}:*"]
        self.url = output(start).splitlines()[-1]
        say(f"MLflow on {self.url}")
        return self

    def __exit__(self, *_):
        output(["scripts/mlflow", "stop", self.folder])
        shutil.rmtree(self.folder)
