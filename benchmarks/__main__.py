"""`python -m benchmarks`: compare with peers, print the tables, keep the numbers."""

import argparse
import datetime
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import speed
from benchmarks.rounds import ROOT

PACKAGES = ("torch", "transformers", "x-transformers", "numpy")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="tiny sizes, to show that it works")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "book/data/bench.json")
    given = parser.parse_args()
    import torch

    threads = torch.get_num_threads()
    found = {
        "machine": machine(),
        "threads": threads,
        "versions": versions(),
        "date": datetime.date.today().isoformat(),
        "rounds": given.rounds,
        "quick": given.quick,
    }
    found |= speed.measured(given.quick, threads, given.rounds)
    given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"written to {given.out}")


def versions():
    """What is installed, and what is not."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def machine():
    """The processor's name where the system tells it, and the number of cores."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    import torch

    features = torch.backends.cpu.get_cpu_capability()
    return f"{name}, {os.cpu_count()} cores, {features}, {platform.system()}"


if __name__ == "__main__":
    main()
