"""The ledger of claims: complete, of one mind with the pages, and made from them."""

import importlib
import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from tiny_book import STRICT, Book

ROOT = Path(__file__).resolve().parents[1]
KEYS = {"claim", "verdict", "correct", "chapters", "part", "kind"}
CHAPTERS = {
    path.parent.name[:2]: path for path in sorted(ROOT.glob("chapters/*/index.md"))
}


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    return importlib.import_module("claims_ledger")


@pytest.fixture
def claims(ledger):
    return ledger.load(ROOT / "book" / "data" / "claims.yml")


def glues(text: str, key: str) -> bool:
    """Whether a page glues a key, as far as its source shows; {x} is any word."""
    for found in re.findall(r"""\bglue\(\s*f?["']([\w{}[\].]+)["']""", text):
        if re.fullmatch(re.sub(r"\{.*?\}", r"\\w+", found), key):
            return True
    return False


def faults(claims: dict, sources: dict[str, str], ledger) -> list[str]:
    """What the pages and the ledger disagree on. `sources` has the pages by number."""
    found = []
    expected = defaultdict(set)
    for number, claim in claims.items():
        for chapter in claim["chapters"]:
            expected[chapter].add(number)
        page = claim.get("measured_in", claim["chapters"][0])
        for key in re.findall(r"\{(\w+)\}", claim.get("measured", "")):
            if page in sources and not glues(sources[page], key):
                found.append(f"{number}: chapter {page} glues no {key}")
    for chapter, text in sources.items():
        boxes = ledger.boxes(text)
        for number in sorted(expected[chapter] ^ set(boxes)):
            who = "ledger" if number in boxes else "page"
            found.append(f"{number}: in chapter {chapter} the {who} does not know it")
        for number in sorted(expected[chapter] & set(boxes)):
            if boxes[number] != claims[number]["verdict"]:
                found.append(f"{number}: chapter {chapter} says {boxes[number]}")
    return found


def test_every_claim_is_there_once(claims, ledger):
    assert list(claims) == [f"C{n:02}" for n in range(1, 77)]
    text = (ROOT / "book" / "data" / "claims.yml").read_text(encoding="utf-8")
    assert len(re.findall(r"^C\d\d:$", text, re.M)) == 76  # YAML takes the last of two
    for number, claim in claims.items():
        assert KEYS <= set(claim) <= KEYS | {"measured", "measured_in"}, number
        assert claim["verdict"] in ledger.COLOURS, number
        assert claim["part"] in ledger.PARTS and claim["kind"] in ledger.KINDS, number
        assert all(re.fullmatch(r"0\d|10", c) for c in claim["chapters"]), number
        assert claim.get("measured_in", claim["chapters"][0]) in claim["chapters"]


def test_parts_follow_the_article(claims, ledger):
    parts = [claim["part"] for claim in claims.values()]
    assert parts == sorted(parts, key=list(ledger.PARTS).index)


def test_pages_and_ledger_agree(claims, ledger):
    sources = {n: path.read_text(encoding="utf-8") for n, path in CHAPTERS.items()}
    assert faults(claims, sources, ledger) == []


GOOD = """
```{{code-cell}} ipython3
from myst_nb import glue

glue("{key}", 43 - 1, display=False)
```

```{{admonition}} {number} · Something that somebody said
:class: claim verdict-false

**{verdict}.** It is {{glue:text}}`{key}`.
```
"""
CLAIM = {
    "claim": "Something that somebody said.", "verdict": "false", "chapters": ["00"],
    "correct": "Something else {cite:p}`vaswani2017attention`.", "part": "origins",
    "kind": "number", "measured": "It is {answer}.",
}  # fmt: skip
POISON = {
    "key": ("question", "C01: chapter 00 glues no answer"),
    "number": ("C02", "C01: in chapter 00 the page does not know it"),
    "verdict": ("Contested", "C01: chapter 00 says contested"),
}


def page(**changes: str) -> str:
    return GOOD.format(
        **{"key": "answer", "number": "C01", "verdict": "False"} | changes
    )


@pytest.mark.parametrize("what", POISON)
def test_a_poisoned_page_is_noticed(ledger, what: str):
    poison, message = POISON[what]
    assert faults({"C01": CLAIM}, {"00": page()}, ledger) == []
    assert message in faults({"C01": CLAIM}, {"00": page(**{what: poison})}, ledger)


def test_box_may_have_two_claims(ledger):
    assert ledger.boxes(page(number="C01 and C02")) == {"C01": "false", "C02": "false"}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path)
    planned = CLAIM | {"chapters": ["07"], "correct": "Wait for it."}
    (tmp_path / "book" / "data").mkdir()
    (tmp_path / "book" / "data" / "claims.yml").write_text(
        yaml.safe_dump({"C01": CLAIM, "C02": planned})
    )
    return book


def test_ledger_shows_what_the_page_measured(book: Book, ledger):
    first, second = page(number="C01 and C03"), page(number="C03", key="other")
    pages = {"chapters/00_a/index": first, "chapters/05_b/index": second}
    links = "{ref}`one <claim-c03>` {ref}`other <claim-05-c03>`"
    references = "```{bibliography}\n```"
    book.write(**pages, claims=ledger.PLACE, more=links, references=references)
    built = book.build(*STRICT)
    assert built.returncode == 0, built.stdout
    html = book.html("book/claims")
    assert re.search(r"Measured: it is <span class=\"pasted-text\">42</span>", html)
    assert 'href="../chapters/00_a/index.html#claim-c01"' in html
    assert "Planned: chapter 07." in html and 'id="claim-c02"' in html
    for page_ in pages:
        assert 'id="claim-c03"' in book.html(page_)
    linked = re.findall(r'href="\.\./(chapters/\S+#claim-c03)"', book.html("book/more"))
    assert linked == [f"{page_}.html#claim-c03" for page_ in pages]


def test_build_stops_if_a_number_was_not_measured(book: Book, ledger):
    book.write(**{"chapters/00_a/index": page(key="question"), "claims": ledger.PLACE})
    built = book.build(*STRICT)
    assert built.returncode == 1
    assert "'answer' not found in doc 'chapters/00_a/index'" in built.stdout


# The real book, if it was built ---------------------------------------------------

BUILT = ROOT / "_build" / "html" / "book" / "claims.html"


@pytest.mark.skipif(not BUILT.exists(), reason="no _build/html: run make book")
def test_built_ledger_has_the_numbers_of_the_pages(claims, ledger):
    html = BUILT.read_text(encoding="utf-8")
    for number, claim in claims.items():
        box = re.search(rf'id="claim-{number.lower()}".*?(?=<div class="admon|$)', html,
                        re.S)  # fmt: skip
        assert box and claim["verdict"].capitalize() in box[0], number
        chapter = claim.get("measured_in", claim["chapters"][0])
        if "measured" not in claim or chapter not in CHAPTERS:
            continue
        page = CHAPTERS[chapter].parent.name
        file = (
            ROOT / "_build" / "jupyter_execute" / "chapters" / page / "index.glue.json"
        )
        glue = json.loads(file.read_text(encoding="utf-8"))
        for key in re.findall(r"\{(\w+)\}", claim["measured"]):
            value = glue[key]["data"]["text/plain"].strip("'\"")
            assert f'<span class="pasted-text">{value}</span>' in box[0], (number, key)
