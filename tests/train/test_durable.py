import json
import os
import random

import pytest

from heedful.train.durable import (
    MANIFEST,
    DamageError,
    manifest,
    read_folder,
    remove_folder,
    write_file,
    write_files,
    write_folder,
)

FILES = {"a.json": b'{"a": 1}', "b.safetensors": bytes(range(256)) * 7, "empty": b""}


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path / "x", FILES)
    return tmp_path / "x"


def all_bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_was_written_is_read(folder):
    assert read_folder(folder) == FILES
    assert all_bytes(folder) == {**FILES, MANIFEST: manifest(FILES)}


def test_the_manifest_by_hand():
    read = json.loads(manifest({"abc.txt": b"abc"}))
    # SHA-256 of "abc": FIPS 180-2, appendix B.1
    assert read["files"] == {
        "abc.txt": {
            "bytes": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad",
        }
    }


def test_a_folder_takes_the_place_of_another(folder):
    write_folder(folder, {"new": b"1"})
    assert read_folder(folder) == {"new": b"1"}
    assert [path.name for path in folder.parent.iterdir()] == ["x"]


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_every_flipped_bit_is_found_in_its_file(folder, name):
    content = (folder / name).read_bytes()
    for bit in random.Random(0).sample(range(8 * len(content)), min(97, len(content))):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        (folder / name).write_bytes(flipped)
        with pytest.raises(DamageError, match=f"^{name} is "):
            read_folder(folder)
    (folder / name).write_bytes(content)
    assert read_folder(folder) == FILES


@pytest.mark.parametrize("name", ["a.json", "b.safetensors", MANIFEST])
def test_every_cut_is_found_in_its_file(folder, name):
    content = (folder / name).read_bytes()
    for length in range(0, len(content), 7):
        (folder / name).write_bytes(content[:length])
        with pytest.raises(DamageError, match=f"^{name} "):
            read_folder(folder)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(DamageError, match=f"^{name} cannot be read: No such file"):
        read_folder(folder)


def test_swapped_files_and_another_manifest_are_found(folder):
    os.rename(folder / "a.json", folder / "c")
    os.rename(folder / "empty", folder / "a.json")
    os.rename(folder / "c", folder / "empty")
    with pytest.raises(DamageError, match=r"a\.json has 0 bytes instead of 8"):
        read_folder(folder)
    write_folder(folder, FILES)
    (folder / MANIFEST).write_bytes(manifest({**FILES, "a.json": b'{"a": 2}'}))
    with pytest.raises(DamageError, match=r"^a\.json is not the file that was written"):
        read_folder(folder)


def test_files_take_the_place_of_others_in_a_folder_that_stays(folder):
    (folder / "mine").write_text("stays")
    write_files(folder, {"a.json": b"{}"})
    assert read_folder(folder) == {"a.json": b"{}"}
    assert (folder / "mine").read_text() == "stays"


@pytest.mark.parametrize("write", [write_folder, write_files])
def test_a_full_disk_leaves_what_was_there(folder, full_disk, write):
    before = all_bytes(folder)
    with full_disk(), pytest.raises(OSError):
        write(folder, {"a.json": b"{}", "large": bytes(5000), "z": b""})
    assert all_bytes(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["x"]


def test_a_file_is_replaced_or_left(tmp_path, full_disk):
    write_file(tmp_path / "latest", b"one")
    write_file(tmp_path / "latest", b"two")
    with full_disk(2), pytest.raises(OSError):
        write_file(tmp_path / "latest", b"three")
    assert all_bytes(tmp_path) == {"latest": b"two"}


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path):
    (tmp_path / ".part").mkdir()
    (tmp_path / ".part" / "half").write_text("")
    (tmp_path / ".old").mkdir()
    write_folder(tmp_path / "x", FILES)
    write_folder(tmp_path / "x", {"new": b"1"})
    assert read_folder(tmp_path / "x") == {"new": b"1"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_removing_what_is_not_there_is_nothing(tmp_path):
    remove_folder(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
