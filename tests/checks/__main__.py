"""The table of `make mutants`: how each check deals with what is wrong and right."""

import sys
from collections import Counter

import torch

from .solved import changed_solutions
from .specimens import UNKNOWN, Specimens, outcome, specimens, topics

ROW = "{:<28} {:>9} {:>9} {:>9}  {:>9} {:>6}"


def of_known_answers(case: Specimens) -> Counter:
    """How many wrong and right answers there are, and what became of them."""
    counts = Counter(wrong=len(case.wrong), right=len(case.right))
    for row in case.wrong:
        failures = (outcome(case.check, row.answer) for _ in range(case.n_draws))
        said = [failure.split("\n")[0] for failure in failures]
        counts["rejected"] += all(said)
        named = row.phrase != UNKNOWN and all(row.phrase in line for line in said)
        counts["named"] += named
    for answer in case.right:
        said = [outcome(case.check, answer) for _ in range(case.n_draws)]
        counts["accepted"] += not any(said)
    return counts


def main() -> int:
    """Print the table, and what survived; 1 if a target is missed."""
    torch.set_num_threads(1)
    total, survived = Counter(), []
    head = ("check", "wrong", "named", "right", "changed", "alike")
    print(ROW.format(*head))
    for topic in topics():
        changed = list(changed_solutions(topic))
        survived += [
            f"{topic}: {c.check}: {c.change}"
            for c in changed
            if not c.alike and not c.rejected
        ]
        order = [check.name for check in topics()[topic].checks]
        for case in sorted(specimens(topic), key=lambda c: order.index(c.check.name)):
            mine = [c for c in changed if c.check == case.check.name]
            n = of_known_answers(case)
            n["alike"] = sum(c.alike for c in mine)
            n["changed"] = len(mine) - n["alike"]
            n["killed"] = sum(c.rejected for c in mine)
            total += n
            print(_row(f"{topic}: {case.check.name}", n))
    print(_row("all", total))
    for mutant in survived:
        print(f"accepted, though it behaves differently: {mutant}")
    named, killed = total["named"] / total["wrong"], total["killed"] / total["changed"]
    print(f"named {named:.1%} (target 95 %), changed rejected {killed:.1%} (98 %)")
    all_well = total["rejected"] == total["wrong"], total["accepted"] == total["right"]
    return int(not all(all_well) or named < 0.95 or killed < 0.98)


def _row(name: str, n: Counter) -> str:
    shares = ((n["rejected"], n["wrong"]), (n["named"], n["wrong"]),
              (n["accepted"], n["right"]), (n["killed"], n["changed"]))  # fmt: skip
    return ROW.format(name, *(f"{a} / {b}" for a, b in shares), n["alike"] or "")


if __name__ == "__main__":
    sys.exit(main())
