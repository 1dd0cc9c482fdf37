"""tools/pages.py, which reads the pages as an editor would."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import pages as editor  # noqa: E402

TERMS = ["attention", "self-attention", "token", "Transformer", "value"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[a](http://a.example)", "not https"),
        ("<http://a.example>", "not https"),
        ("[a](https://a.example/?x=1&utm_source=b)", "utm_source="),
        ("[a](https://a.example/?fbclid=)", "fbclid="),
        ("[a](https://a.example) [b](https://a.example/)", "'a', 'b'"),
    ],
)
def test_faulty_links(text: str, fault: str):
    (message,) = editor.link_faults({"page": text})
    assert fault in message


def test_good_links():
    text = (
        "[a](https://a.example/?q=1) [b](#there) [c](../c.md) ![d](d.png) <https://d.d>"
    )
    assert list(editor.link_faults({"one": text, "other": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "{term}`Attention <attention>` is attention.",
        "{term}`tokens <token>`, and then tokens",
        "The value is a common word.",
        "# Attention\n\n| attention |\n|---|",
        "`attention` $attention$ {ref}`x <attention>` [here](attention.md)",
        '"Attention Is All You Need" is a title.',
        "```{code-cell} ipython3\nattention = 1\n```",
        "```{figure} a.svg\n:alt: attention\n\nAttention.\n```",
        "```{admonition} C01 · attention\n:class: attention\n\nNothing.\n```",
        "inattention, attentions-like",
    ],
)
def test_no_link_is_missing(text: str):
    assert list(editor.late_links(text, TERMS)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n\nAttention, {term}`attention`", [(3, "Attention")]),
        ("{term}`self-attention` and attention", [(1, "attention")]),
        ("Self-attention", [(1, "Self-attention")]),
        (
            "two tokens, two Transformers, two tokens",
            [(1, "token"), (1, "Transformer")],
        ),
        ("````{admonition} Box\n:class: x\n\n**attention**\n````", [(4, "attention")]),
        ("---\na: b\n---\n\n```{code-cell}\nx\n```\nattention", [(8, "attention")]),
    ],
)
def test_missing_links(text: str, found: list[tuple[int, str]]):
    assert list(editor.late_links(text, TERMS)) == found


def test_terms_without_a_link():
    glossary = "```{glossary}\none\n    A {term}`two`.\n\ntwo words\n    Text.\n```\n"
    pages = {editor.GLOSSARY: glossary, "book/index.md": "{term}`ones <one>`"}
    terms = editor.glossary(glossary)
    assert terms == ["one", "two words"]
    (hint,) = editor.hints(pages, terms)
    assert "no page links to 'two words'" in hint


def test_the_pages_have_no_fault():
    assert list(editor.link_faults(editor.sources())) == []


def test_the_glossary_is_in_order():
    terms = editor.glossary(editor.sources()[editor.GLOSSARY])
    assert len(terms) > 80 and len(set(terms)) == len(terms)
    assert terms == sorted(terms, key=str.lower)
    assert editor.COMMON <= {term.lower() for term in terms}
