import hashlib
import json
from dataclasses import replace

import pytest

from heedful.text import TEXTS, python_source
from heedful.text import wiki as wiki_module
from heedful.text.corpus import part_of
from heedful.text.documents import Document, TextCorpus, split
from heedful.text.packages import DataError
from heedful.text.python_source import LEFT_OUT, python, python_files, sources
from heedful.text.store import get
from heedful.text.wiki import CARD, convert, wiki

from .archives import giving, tiny_wiki

DOCUMENTS = [Document(f"d{i}", f"text {i}\n" * (i % 7 + 1)) for i in range(200)]


@pytest.fixture(scope="module")
def everywhere(unchecked):
    """The two corpora that every machine has."""
    with unchecked():
        return {"python": python(), "sources": sources()}


def all_of(corpus):
    return corpus.train + corpus.valid + corpus.test


# Splitting and the hash


def test_the_name_decides_the_part_and_the_order_stays():
    corpus = split(CARD, DOCUMENTS, {})
    for part in ("train", "valid", "test"):
        wanted = [d for d in DOCUMENTS if part_of(f"document {d.name}") == part]
        assert getattr(corpus, part) == wanted
        assert wanted


def test_copies_and_empty_texts_are_left_out():
    extra = [Document("e", ""), Document("f", " \n"), Document("g", DOCUMENTS[3].text)]
    assert split(CARD, DOCUMENTS + extra, {}) == split(CARD, DOCUMENTS, {})


def test_the_card_tells_the_sizes_and_the_versions():
    corpus = split(CARD, DOCUMENTS, {"a": "1.2", "b": "3"})
    for documents in (all_of(corpus), corpus.train, corpus.valid, corpus.test):
        n = sum(len(document.text) for document in documents)
        assert f"{len(documents):,} texts, {n:,} characters" in corpus.card.size
    assert corpus.card.source.endswith("(a 1.2, b 3)")
    assert corpus.versions == {"a": "1.2", "b": "3"}


def test_the_hash_by_hand():
    a, b = Document("a", "é"), Document("b", "")
    corpus = TextCorpus(card=CARD, train=[a], valid=[], test=[b])
    size = [n.to_bytes(8, "big") for n in range(3)]
    content = size[1] + b"a" + size[2] + "é".encode() + b"end of part" * 2
    content += size[1] + b"b" + size[0] + b"end of part"
    assert corpus.hash == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        dict(train=[Document("a", "xy")]),
        dict(train=[Document("ax", "y")]),
        dict(train=[Document("a", "x"), Document("", "")]),
        dict(train=[], valid=[Document("a", "x")]),
        dict(train=[], test=[Document("a", "x")]),
    ],
)
def test_whatever_changes_the_hash_changes(change):
    corpus = TextCorpus(card=CARD, train=[Document("a", "x")], valid=[], test=[])
    same = replace(corpus, card=CARD, versions={"a": "2"})
    assert same.hash == corpus.hash
    assert replace(corpus, **change).hash != corpus.hash


# Python's own source


def test_python_files_by_hand(tmp_path):
    files = {
        "b.py": "b = 1\n",
        "a/z.py": "z = 'é'\n",
        "a/__init__.py": "",
        "a/tests/test_z.py": "left out",
        "test/c.py": "left out",
        "a/notes.txt": "left out",
        "_sysconfigdata_linux.py": "left out",
        "config-3.11/d.py": "left out",
        "contest.py": "kept, its name is no folder's",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "latin.py").write_bytes("# -*- latin-1 -*- é".encode("latin-1"))
    (tmp_path / "windows.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "b.py")
    assert list(python_files(tmp_path, "p/")) == [
        Document("p/b.py", "b = 1\n"),
        Document("p/contest.py", "kept, its name is no folder's"),
        Document("p/windows.py", "x = 1\ny = 2\n"),
        Document("p/a/__init__.py", ""),
        Document("p/a/z.py", "z = 'é'\n"),
    ]


@pytest.mark.parametrize("name", ["python", "sources"])
def test_the_names_are_the_same_on_every_machine(everywhere, name):
    names = [document.name for document in all_of(everywhere[name])]
    assert len(set(names)) == len(names)
    for path in names:
        assert path.endswith(".py")
        assert not path.startswith("/")
        assert "\\" not in path
        assert not LEFT_OUT & set(path.split("/")[:-1])


def test_python_is_the_standard_library(everywhere):
    texts = {document.name: document.text for document in all_of(everywhere["python"])}
    assert "class JSONDecoder" in texts["json/decoder.py"]
    assert len(texts) > 300
    assert not any(name.startswith(("torch/", "numpy/", "pip/")) for name in texts)


def test_sources_has_the_packages_too_and_python_in_the_same_parts(everywhere):
    corpus, small = everywhere["sources"], everywhere["python"]
    tops = {document.name.split("/")[0] for document in corpus.train}
    assert tops >= {"torch", "sympy", "networkx", "numpy", "json"}
    assert set(small.train) <= set(corpus.train)
    assert set(small.test) <= set(corpus.test)
    assert set(corpus.versions) == set(small.versions) | set(python_source.PACKAGES)
    assert corpus.hash != small.hash


def test_reading_again_gives_the_same(everywhere):
    assert python() == everywhere["python"]
    assert python().hash == everywhere["python"].hash


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_a_package_that_is_not_installed_is_named(package, monkeypatch):
    monkeypatch.setattr(python_source, "PACKAGES", (package,))
    with pytest.raises(DataError, match=f"{package} is not installed: `pip install"):
        sources()


def test_a_python_without_source_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with pytest.raises(DataError, match="no source of the standard library"):
        python()


# Wikipedia


ARTICLES = {
    "Pea": {"title": "Pea", "extract": "A pea\xa0is  a\nseed.", "topic": "Life"},
    "Ant": {"title": "Ant", "extract": "An ant is an in\u2060sect.", "topic": "Life"},
}


def test_articles_by_hand():
    lines = ["Ant\tAn ant is an insect.", "Pea\tA pea is a seed."]
    assert convert(json.dumps(ARTICLES).encode()) == lines


def test_wiki_is_read_from_what_was_obtained(monkeypatch):
    archive, download = tiny_wiki(json.dumps(ARTICLES).encode())
    monkeypatch.setattr(wiki_module, "SOURCE", download)
    with pytest.raises(DataError, match="wiki is not here: `heedful data get wiki`"):
        wiki()
    get(download, giving(archive), progress=False)
    corpus = wiki()
    assert sorted(all_of(corpus), key=lambda document: document.name) == [
        Document("Ant", "An ant is an insect."),
        Document("Pea", "A pea is a seed."),
    ]
    assert "2 texts, 36 characters" in corpus.card.size


def test_all_texts_are_known_by_name():
    assert TEXTS == {"python": python, "sources": sources, "wiki": wiki}
