"""Contenders in processes of their own, one round each by turns.

Only one works at a time; the others wait for a line. So each has its own peak of
memory, and whatever else the machine does meets all of them alike.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def compete(jobs, n_rounds):
    """What each of the `jobs` (dicts with a `name`) measured, by name.

    Of one that cannot be had, as its package is not installed, only `missing` is told.
    """
    workers, results = {}, {}
    try:
        for job in jobs:  # one after the other, as first steps are measured, too
            worker = workers[job["name"]] = _started(job)
            results[job["name"]] = _heard(worker)
        for name in [name for name, told in results.items() if "missing" in told]:
            with workers.pop(name):
                pass
        for name in workers:
            results[name]["seconds"] = []
        for _ in range(n_rounds):
            for name, worker in workers.items():
                results[name]["seconds"].append(_asked(worker, "round")["seconds"])
        for name, worker in workers.items():
            results[name] |= _asked(worker, "end")
    finally:
        for worker in workers.values():
            worker.kill()
            with worker:  # waits, and closes the pipes
                pass
    return results


def _started(job):
    """The process, which tells something when it is ready."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    environment.setdefault("TRANSFORMERS_VERBOSITY", "error")
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", json.dumps(job)],
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _asked(worker, what):
    worker.stdin.write(what + "\n")
    worker.stdin.flush()
    return _heard(worker)


def _heard(worker):
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError(f"a contender ended: {worker.args[-1]}")
    return json.loads(line)
