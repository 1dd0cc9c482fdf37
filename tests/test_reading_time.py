"""The line under a chapter's title: counted from the page, timed by the build."""

import importlib
import re
from pathlib import Path

import pytest
from docutils import nodes
from tiny_book import STRICT, Book

ROOT = Path(__file__).resolve().parents[1]
MINUTES = "word " * 2_100  # ten and a half minutes at 200 words a minute
CODE = "x = 1\n" * 39 + "print(x)"  # four minutes at ten lines a minute
PAGE = f"""
{MINUTES}

```{{code-cell}} ipython3
{CODE}
```

```{{code-cell}} ipython3
:tags: [hide-input]
{CODE}
```

```{{code-cell}} ipython3
:tags: [remove-cell]
{CODE}
```
"""


@pytest.fixture
def reading_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    return importlib.import_module("reading_time")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "about 5 minutes"),
        (15, "about 15 minutes"),
        (15.1, "about 20 minutes"),
        (90, "about 90 minutes"),
        (91, "about 2 hours"),
        (130, "about 2.5 hours"),
    ],
)
def test_minutes_are_rounded_up(reading_time, minutes: float, words: str):
    assert reading_time.in_words(minutes) == words


def test_what_counts(reading_time):
    text, maths = (
        nodes.paragraph("", "five words are here now"),
        nodes.math_block("", "x"),
    )
    code = nodes.literal_block("", "one\n\ntwo")
    output = nodes.container("", nodes.literal_block("", "42"))
    output["nb_element"] = "cell_code_output"
    folded = nodes.container("", code.deepcopy(), hide_mode="input")
    page = nodes.section("", text, maths, code, output, folded)
    assert reading_time.reading_minutes(page) == pytest.approx(5 / 200 + 2 / 10)


def test_a_page_without_cells_has_not_run(reading_time):
    assert reading_time.ran(None) == reading_time.ran({"runtime": None}) == ""
    data = {"runtime": 73.6, "mtime": 0.0}
    assert re.search(r"ran in 74 seconds on \d+ \w+ 19\d\d\.$", reading_time.ran(data))


def test_line_stands_under_the_title(tmp_path: Path):
    book = Book(tmp_path)
    total = (
        "Both: {reading-time}`00 01`. One: {reading-time}`00`. No: {reading-time}`09`."
    )
    book.write(
        page=total, **{"chapters/00_a/index": PAGE, "chapters/01_b/index": MINUTES}
    )
    built = book.build(*STRICT)
    assert built.returncode == 0, built.stdout
    line = r'</h1>\s*<p class="reading-time">Reading: about (\d+) minutes\.(.*?)</p>'
    first, second = (re.search(line, book.html(f"chapters/{name}/index"))
                     for name in ("00_a", "01_b"))  # fmt: skip
    assert first and second
    assert first[1] == second[1] == "15"
    assert re.fullmatch(r" Its cells ran in \d+ seconds? on \d+ \w+ \d{4}\.", first[2])
    html = book.html("book/page")
    assert "Both: about 30 minutes. One: about 15 minutes. No: about 5" in html
    assert "reading-time" not in html
