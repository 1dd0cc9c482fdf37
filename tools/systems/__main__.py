"""Measure every row and write docs/systems.md; fail if one does not agree."""

import datetime
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from . import NAMED, SYSTEMS
from .table import Missing, kept, page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "systems.md"


def main() -> int:
    torch.set_num_threads(1)
    before = kept(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    today = datetime.date.today().isoformat()
    found, wrong = {}, []
    for s in tqdm(SYSTEMS, unit="row"):
        try:
            result = s.measured()
        except Missing as error:
            if s.name not in before:
                wrong.append(f"{s.name}: {error}, and no earlier figure to keep")
            found[s.name] = before.get(s.name, "never measured")
            continue
        found[s.name] = f"{result} ({today})" if s.needs else str(result)
        if not s.agrees(result):
            wrong.append(f"{s.name}: {result}, allowed is {s.allowed}")
    PAGE.write_text(page(SYSTEMS, found, NAMED), encoding="utf-8")
    print("\n".join(wrong) or f"{len(SYSTEMS)} rows in docs/systems.md")
    return 1 if wrong else 0


sys.exit(main())
