"""All claims on one page, made from `book/data/claims.yml` and the executed pages.

The ledger says nothing that a chapter does not say: the verdicts are tested against
the boxes, and a measured number is taken by MyST-NB from the outputs of the page that
computed it. A key that the page does not glue is a warning, and so the end of a build.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from sphinx.application import Sphinx

PAGE = "book/claims"
PLACE = "% The ledger stands here."
PLANNED = (
    "Where a claim says *planned*, its chapter is still to be written; until then the "
    "verdict rests on the works that are cited.\n"
)
PARTS = {
    "preamble": "Before the story begins",
    "origins": "Where the Transformer came from",
    "transformer": "What attention is, and what it stores",
    "learning": "How a model learns",
    "gpu": "What a GPU is",
    "answering": "How a model answers",
    "creation": "The whole, and what it is good for",
    "closing": "What it tells us about the brain",
}
COLOURS = {
    "true": "true",
    "true with nuance": "nuance",
    "misleading": "nuance",
    "contested": "nuance",
    "outdated": "nuance",
    "false": "false",
}
KINDS = ("mechanism", "history", "number", "opinion", "prediction")
Claim = dict[str, Any]
Chapters = dict[str, str]  # something of each chapter, by its number


def load(path: Path) -> dict[str, Claim]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def boxes(text: str) -> dict[str, str]:
    """The claims that have a box in a page's source, and its verdict in lower case."""
    pattern = (
        r"^`{3,}\{admonition\} (C\d\d(?: and C\d\d)*) · .*\n:class: claim .*\n\n"
        r"\*\*([A-Z][a-z ]+?)[.,:;*]"
    )
    found = re.finditer(pattern, text, re.M)
    return {
        number: match[2].lower()
        for match in found
        for number in match[1].split(" and ")
    }


def measured(claim: Claim, pages: Chapters) -> str:
    """The sentence with the numbers, each fetched from the page that computed it."""
    page = pages.get(claim.get("measured_in", claim["chapters"][0]))
    if not page or "measured" not in claim:
        return ""
    fetch = rf"{{glue:text}}`/{page}.md::\1:s`"  # MyST-NB wants the format of text
    return re.sub(r"\{(\w+)\}", fetch, claim["measured"])


def where(number: str, claim: Claim, texts: Chapters) -> str:
    """Links to the claim's boxes, and the chapters in which they are still to come."""
    there, planned = [], []
    for chapter in claim["chapters"]:
        if number in boxes(texts.get(chapter, "")):
            label = f"claim-{chapter}-{number.lower()}"
            there.append(f"{{ref}}`chapter {chapter} <{label}>`")
        else:
            planned.append(f"chapter {chapter}")
    words = [f"See {' and '.join(there)}."] if there else []
    return " ".join(words + ([f"Planned: {', '.join(planned)}."] if planned else []))


def entry(number: str, claim: Claim, pages: Chapters, texts: Chapters) -> str:
    verdict = claim["verdict"].capitalize()
    lines = [f"**{verdict}.** {claim['correct']}"]
    if numbers := measured(claim, pages):
        lines.append(f"Measured: {numbers[0].lower() + numbers[1:]}")
    lines.append(where(number, claim, texts))
    return (
        f"`````{{admonition}} {number} · {claim['claim']}\n"
        f":class: claim ledger verdict-{COLOURS[claim['verdict']]}\n\n"
        + "\n\n".join(lines)
        + "\n`````\n"
    )


def tally(claims: dict[str, Claim]) -> str:
    """How often each verdict was given, by the kind of claim."""
    count = Counter((claim["verdict"], claim["kind"]) for claim in claims.values())
    rows = [f"| verdict | all | {' | '.join(KINDS)} |", "|---" * (len(KINDS) + 2) + "|"]
    for verdict in COLOURS:
        by_kind = [count[verdict, kind] for kind in KINDS]
        cells = [f"**{sum(by_kind)}**"] + [str(n or "–") for n in by_kind]
        rows.append(f"| {verdict} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def ledger(claims: dict[str, Claim], pages: Chapters, texts: Chapters) -> str:
    """The page's text. `pages` and `texts` are names and sources of the chapters."""
    text = [tally(claims)]
    chapters = {chapter for claim in claims.values() for chapter in claim["chapters"]}
    if chapters - set(texts):
        text.append(PLANNED)
    for part, heading in PARTS.items():
        text.append(f"## {heading}\n")
        for number, claim in claims.items():
            if claim["part"] == part:
                text.append(entry(number, claim, pages, texts))
    return "\n".join(text)


def write_ledger(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname != PAGE:
        return
    found = sorted(n for n in app.env.found_docs if re.match(r"chapters/\d\d_", n))
    pages = {name.split("/")[1][:2]: name for name in found}
    texts = {n: Path(app.env.doc2path(p)).read_text("utf-8") for n, p in pages.items()}
    claims = load(Path(app.srcdir) / "book" / "data" / "claims.yml")
    source[0] = source[0].replace(PLACE, ledger(claims, pages, texts))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", write_ledger)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
