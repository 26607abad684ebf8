"""What the benches share: where things lie, how programs are built, how a case is written. It measures nothing."""
import functools
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


@functools.cache
def places():
    """Folders by the rules of scripts/: the cache, cargo's target, what the cluster built."""
    names = ["PODIUM_CACHE", "CARGO_TARGET_DIR", "CLUSTER_CACHE"]
    shell = f". '{ROOT}/scripts/lib/common.sh'; printf '%s\\n' " + " ".join(f'"${name}"' for name in names)
    lines = output(["bash", "-c", shell]).splitlines()
    return {name: pathlib.Path(line) for name, line in zip(names, lines, strict=True)}


def cache(name):
    folder = places()["PODIUM_CACHE"] / "bench" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def output(command, **options):
    """The last line or lines that a command prints; its messages go to ours."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, **options).stdout.strip()


def programs(profile="release"):
    """Builds all programs of the workspace; gives their folder. Never one package alone: cargo chooses the features of
    dependencies by what is built together, so each choice would build them once more."""
    target = places()["CARGO_TARGET_DIR"]
    command = ["cargo", "build", "--locked", "--profile", profile, "--workspace", "--bins"]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"CARGO_TARGET_DIR": str(target)})
    return target / ("debug" if profile == "dev" else profile)


def say(text):
    print(f"  {text}", file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values)


class Cases:
    """The file of a bench's figures."""

    def __init__(self, bench, file):
        self.bench, self.file = bench, pathlib.Path(file)

    def pairs(self, case, ours, peers, unit, bound):
        """A case of runs by turns: medians, and the median of the ratios, which other load on the machine moves least."""
        ratio = median([one / other for one, other in zip(ours, peers, strict=True)])
        self.write(case, median(ours), median(peers), unit, bound, ratio=ratio)

    def write(self, case, ours, peer, unit, bound, holds=None, ratio=None):
        """One case. The bound is about the ratio, "<= 1" or ">= 0.9", unless `holds` says how it was judged."""
        ratio = ours / peer if ratio is None else ratio
        if holds is None:
            sign, limit = bound.split()
            holds = {"<=": ratio <= float(limit), ">=": ratio >= float(limit)}[sign]
        line = {
            "bench": self.bench, "case": case, "ours": ours, "peer": peer, "unit": unit,
            "ratio": ratio, "bound": bound, "holds": bool(holds),
        }
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, allow_nan=False) + "\n")
        say(f"{case}: {ours:.4g} against {peer:.4g} {unit}, ratio {ratio:.3g}, {bound}: {'yes' if holds else 'NO'}")
