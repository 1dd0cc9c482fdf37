"""The table of `make test-faults`: what was tried, survived and lost."""

import argparse
import logging
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from tqdm import tqdm

from .damage import damaged_checkpoints, damaged_runs
from .disks import (
    can_mount,
    corrupted_caches,
    full_disks,
    read_only_folders,
    small_disks,
    two_runs,
)
from .power import power_failures
from .sudden import (
    kills,
    kills_of_the_command,
    kills_of_two_threads,
    kills_on_the_way_to_disk,
    requests,
)
from .trial import Verdict
from .values import not_numbers, spikes

ALL = 10**6
"""More than there are: every change of a file is one try."""
Tries = Callable[[int, random.Random, Path], Iterator[Verdict]]
FAULTS: dict[str, tuple[Tries, int, int]] = {
    "SIGKILL": (kills, 14, 200),
    "SIGKILL, two threads": (kills_of_two_threads, 1, 20),
    "SIGKILL of `heedful train`, --resume": (kills_of_the_command, 0, 10),
    "SIGKILL while a file changes": (kills_on_the_way_to_disk, 5, ALL),
    "power failure": (power_failures, 20, 3000),
    "Ctrl-C, SIGTERM, SIGHUP": (requests, 4, 100),
    "full disk": (full_disks, 5, ALL),
    "full disk, a real one": (small_disks, 1, 30),
    "folder not to be written": (read_only_folders, 2, 40),
    "two more runs in its folder": (two_runs, 1, 20),
    "damaged checkpoint": (damaged_checkpoints, 40, 3000),
    "damaged finished run": (damaged_runs, 20, 1000),
    "damaged corpus": (corrupted_caches, 2, 60),
    "NaN or infinity": (not_numbers, 2, 100),
    "loss spike, rolled back, SIGKILL": (spikes, 1, 40),
}
"""What is tried, how often in `make test` and how often in `make test-faults`."""


@dataclass
class Row:
    """What became of the tries of one fault."""

    fault: str
    tried: int = 0
    lost: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        survived = self.tried - len(self.lost)
        return f"{self.fault:<38}{self.tried:>8,}{survived:>10,}{len(self.lost):>6,}"


def tried(fault: str, n: int, seed: int) -> Row:
    """Try one fault `n` times, in a folder of its own."""
    row, rng = Row(fault), random.Random(f"{seed} {fault}")
    fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="faults-", dir=fast) as root:
        verdicts = FAULTS[fault][0](n, rng, Path(root))
        bar = tqdm(verdicts, fault, unit="try", leave=False, disable=None)
        for verdict in bar:
            row.tried += 1
            if verdict is not None:
                row.lost.append(verdict)
    return row


def main() -> int:
    """Print the table, and how each lost try was lost; 1 if there is one."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--few", action="store_true", help="as in `make test`")
    parser.add_argument("--seed", type=int, default=0, help="other random moments")
    parser.add_argument("faults", nargs="*", help="parts of their names; else all")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("heedful").propagate = False  # damage is expected here
    logging.getLogger("heedful").addHandler(logging.NullHandler())
    print(f"{'fault':<38}{'tried':>8}{'survived':>10}{'lost':>6}", flush=True)
    rows = []
    for fault, (tries, few, many) in FAULTS.items():
        n = few if options.few else many
        is_wanted = any(part in fault for part in options.faults or [""])
        if not is_wanted or n == 0:
            continue
        if tries is small_disks and not can_mount():
            print(f"{fault:<38}not tried: only root may make a file system")
            continue
        rows.append(tried(fault, n, options.seed))
        print(rows[-1], flush=True)
    lost = [f"{row.fault}: {line}" for row in rows for line in row.lost]
    print(*lost, sep="\n", end="\n" if lost else "")
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
