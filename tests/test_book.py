"""The pages as files, and the build: what would spoil the book must stop it."""

import dataclasses
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import jupytext
import pytest
import yaml
from tiny_book import STRICT, Book

ROOT = Path(__file__).resolve().parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"]] + [
    chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]
]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
N_CLAIMS = 76
VERDICTS = {
    "verdict-true": ("True",),
    "verdict-nuance": ("True with nuance", "Misleading", "Contested", "Outdated"),
    "verdict-false": ("False",),
}


def source(page: str) -> str:
    return (ROOT / f"{page}.md").read_text(encoding="utf-8")


def directives(text: str, *names: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Argument, options and the rest of the text for each directive so called."""
    for match in re.finditer(r"^\s*[`:]{3,}\{([\w-]+)\}[ \t]*(.*)\n", text, re.M):
        if match[1] not in names:
            continue
        options, rest = {}, text[match.end() :]
        while option := re.match(r"\s*:([\w-]+):[ \t]*(.*)\n", rest):
            options[option[1]] = option[2]
            rest = rest[option.end() :]
        yield match[2], options, rest.lstrip()


def prose(text: str) -> str:
    """The text without front matter, code and what stands in backticks."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    text = re.sub(r"^(`{3,})\{(code-cell|literalinclude)\}.*?^\1$", "", text,
                  flags=re.S | re.M)  # fmt: skip
    return re.sub(r"`[^`\n]*`", "", text)


@pytest.mark.parametrize("page", PAGES)
def test_page_exists_once(page: str):
    assert (ROOT / f"{page}.md").is_file()
    assert not (ROOT / f"{page}.ipynb").exists(), "Sphinx would take either of the two"


def test_git_does_not_ignore_the_library():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git repository")
    command = ["git", "check-ignore", "--quiet", "lib/heedful/__init__.py"]
    assert subprocess.run(command, cwd=ROOT).returncode == 1


@pytest.mark.parametrize("page", CHAPTERS)
def test_chapter_says_that_it_is_a_notebook(page: str):
    header = yaml.safe_load(source(page).split("---\n")[1])
    assert header["kernelspec"]["name"] == "python3"
    assert header["jupytext"]["text_representation"]["format_name"] == "myst"


@pytest.mark.parametrize("page", PAGES)
def test_image_has_alternative_text(page: str):
    text = source(page)
    for match in re.finditer(r"!\[([^\]]*)\]\(([^)]*)\)", prose(text)):
        assert match[1].strip(), f"{match[2]} has no text for those who do not see it"
    for argument, options, _ in directives(text, "figure", "image"):
        assert options.get("alt", "").strip(), f"{argument} has no :alt:"


@pytest.mark.parametrize("page", CHAPTERS)
def test_plot_has_alternative_text(page: str):
    draws = re.compile(r"^(?!def )\S.*\b(panels|subplots|plt\.(show|figure))\(", re.M)
    for cell in jupytext.reads(source(page), fmt="md:myst").cells:
        if cell.cell_type == "code" and draws.search(cell.source):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
            assert alt, f"a plot has no mystnb: image: alt:\n{cell.source}"


@pytest.mark.parametrize("page", CHAPTERS)
def test_claims_are_numbered(page: str):
    for claim in re.findall(r"\bC\d+\b", prose(source(page))):
        assert re.fullmatch(r"C\d\d", claim), f"{claim} should be written C00"
        assert 1 <= int(claim[1:]) <= N_CLAIMS, f"there is no {claim}"


@pytest.mark.parametrize("page", CHAPTERS)
def test_claim_box_says_its_verdict(page: str):
    for title, options, body in directives(source(page), "admonition"):
        classes = options.get("class", "").split()
        if "claim" not in classes:
            continue
        assert re.match(r"C\d\d( and C\d\d)? · \S", title), f"no claim number: {title}"
        (verdict,) = [name for name in classes if name.startswith("verdict-")]
        words = VERDICTS[verdict]
        assert body.startswith(tuple(f"**{word}" for word in words)), (
            f"{title}: a {verdict} box begins with one of {words} in bold"
        )


def test_bibliography_has_each_work_once():
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{(.+),$", text, re.M)
    assert sorted(keys) == sorted(set(keys))
    titles = re.findall(r"^  title = \{(.+)\},$", text, re.M)
    assert len(titles) == len(keys) and len(set(titles)) == len(titles)


def test_map_of_chapters_links_those_that_exist():
    stones = re.findall(r"^- \*\*(\d\d)\*\* (.*)$", source("book/index"), re.M)
    assert [number for number, _ in stones] == [f"{n:02}" for n in range(11)]
    links = re.findall(r"\(\.\./(chapters/\S+)\.md\)", "\n".join(s for _, s in stones))
    assert links == CHAPTERS


def test_notation_names_what_the_library_has():
    library = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "lib").rglob("*.py")
    )
    words = set(re.findall(r"\w+", library))
    names = set(re.findall(r"`([a-z_]\w*)`", source("book/notation")))
    assert names - words == set()


CONFIGS = [
    f"{path.stem}.{name}"
    for path in sorted((ROOT / "lib" / "heedful" / "nets").glob("*.py"))
    for name in re.findall(r"^class (\w+Config):", path.read_text("utf-8"), re.M)
]


@pytest.mark.parametrize("config", CONFIGS)
def test_notation_gives_every_size_of_a_model(config: str):
    module, name = config.split(".")
    fields = getattr(importlib.import_module(f"heedful.nets.{module}"), name)
    sizes = {
        field.name
        for field in dataclasses.fields(fields)
        if field.type in (int, float, int | None) and not field.name.endswith("_id")
    }
    names = set(re.findall(r"`([a-z_]\w*)`", source("book/notation")))
    assert sizes and sizes - names == set()


def test_notation_gives_every_mask_its_shape():
    text = source("book/notation")
    masks = importlib.import_module("heedful.nets.masks")
    letters = {"batch": "B", "q_len": "T", "k_len": "S", "{q_len}": "T", "{k_len}": "S"}
    found = dict(re.findall(r"^\| `(\w+_mask)` \| \$\((.*?)\)\$ \|", text, re.M))
    for name, function in vars(masks).items():
        if name.endswith("_mask"):
            axes = function.__annotations__["return"].dim_str.split()
            shape = ", ".join(letters.get(axis, axis) for axis in axes)
            assert found.pop(name) == shape
    assert not found


# The build -----------------------------------------------------------------------


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch):
    """Import a module of book/_ext by name."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))
    return importlib.import_module


def test_cache_key_follows_the_library(extension, tmp_path: Path):
    cell_cache: ModuleType = extension("cell_cache")
    seen = set()
    for path in ("lib/a.py", "lib/b/c.csv", "requirements.txt", "book/data/d.json"):
        seen.add(cell_cache.cache_key(tmp_path))
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("1")
    (tmp_path / "lib" / "a.py").write_text("2")
    seen.add(cell_cache.cache_key(tmp_path))
    assert len(seen) == 5
    (tmp_path / "lib" / "__pycache__").mkdir()
    (tmp_path / "lib" / "__pycache__" / "a.pyc").write_text("3")
    assert cell_cache.cache_key(tmp_path) in seen


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ('<script src="https://a.example/b.js"></script>', ["https://a.example/b.js"]),
        ("<img alt='' src='//a.example/b.png'>", ["//a.example/b.png"]),
        ('<link rel="x" href="http://a.example/c.css">', ["http://a.example/c.css"]),
        ('<a href="https://a.example">read</a> <img src="b.png">', []),
    ],
)
def test_foreign_urls(extension, tmp_path: Path, html: str, urls: list[str]):
    (tmp_path / "page.html").write_text(html)
    offline_pages = extension("offline_pages")
    assert list(offline_pages.foreign_urls(tmp_path / "page.html")) == urls


GOOD = "import tiny\n\nprint('the answer is', tiny.ANSWER)"
FAULTS = {
    "failing": ("```{code-cell} ipython3\n1 / 0\n```", "ZeroDivisionError"),
    "warning": (
        "```{code-cell} ipython3\nimport sys\n\nprint('oh', file=sys.stderr)\n```",
        "stderr was found",
    ),
    "foreign": (
        "```{raw} html\n<img alt='' src='https://a.example/b.png'>\n```",
        "foreign.html would load https://a.example/b.png",
    ),
}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_build_runs_the_cells_again_when_the_library_changed(book: Book):
    book.write(page=f"```{{code-cell}} ipython3\n{GOOD}\n```")
    for answer in (41, 42):
        (book.root / "lib" / "tiny.py").write_text(f"ANSWER = {answer}\n")
        built = book.build(*STRICT)
        assert built.returncode == 0, built.stdout
        assert f"the answer is {answer}" in book.html("book/page")
    assert len(list((book.root / "_build" / "cache").iterdir())) == 1


def test_build_stops_at_every_fault_and_names_it(book: Book):
    book.write(**{name: body for name, (body, _) in FAULTS.items()})
    built = book.build(*STRICT)
    assert built.returncode == 1
    for _, message in FAULTS.values():
        assert message in built.stdout


def test_failing_cell_stops_even_a_lenient_build(book: Book):
    body, message = FAULTS["failing"]
    book.write(failing=body)
    first, second = book.build(), book.build()
    assert first.returncode == second.returncode == 1
    assert message in first.stdout
