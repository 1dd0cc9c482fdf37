"""`python -m benchmarks`: compare with peers, print the tables, keep the numbers."""

import argparse
import datetime
import json
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import cost, page, quality, speed, targets

PACKAGES = ("torch", "transformers", "x-transformers", "numpy")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=tuple(page.KEPT),
                        default="speed")  # fmt: skip
    parser.add_argument("--quick", action="store_true",
                        help="tiny sizes, to show that it works")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--out", type=Path, help="[default: in book/data/, with a page]"
    )
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
    start = time.perf_counter()
    if given.what == "speed":
        found |= speed.measured(given.quick, threads, given.rounds)
        print(targets.table(targets.targets(found)))
    elif given.what == "cost":
        found |= cost.measured(given.quick, threads)
        print(cost.table(found["rows"]))
    else:
        found |= quality.measured(given.quick)
    found["minutes"] = round((time.perf_counter() - start) / 60, 1)
    out = given.out or page.KEPT[given.what]
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if not given.out:
        if given.what == "cost":
            draw(found["rows"], page.FIGURE)
        page.PAGE.write_text(page.page(), encoding="utf-8")
    print(f"written to {out} after {found['minutes']} minutes")


def draw(rows, path):
    """The figure on a white ground, as a file."""
    import matplotlib

    from heedful.figures import use_style

    matplotlib.use("agg")
    use_style()
    figure = cost.draw(rows)
    how = dict(facecolor="white", transparent=False, metadata={"Date": None})
    figure.savefig(path, **how)


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
