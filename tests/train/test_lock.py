import errno
import os
import signal
import subprocess
import sys

import pytest

from heedful.train.lock import LockedError, locked

fcntl = pytest.importorskip("fcntl")
HOLD = """
import sys, time
from pathlib import Path
from heedful.train.lock import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""


def test_a_folder_is_locked_for_one_and_then_free(tmp_path):
    path = tmp_path / "run"
    with locked(path):
        with pytest.raises(LockedError, match=f"process {os.getpid()} is training in"):
            with locked(path):
                pytest.fail("both have it")
        with locked(tmp_path / "other"):
            pass
    with locked(path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_error_frees_the_folder(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "run"):
        raise KeyboardInterrupt
    with locked(tmp_path / "run"):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    command = [sys.executable, "-c", HOLD, tmp_path / "run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(LockedError, match=f"process {other.pid} is training"):
            with locked(tmp_path / "run"):
                pytest.fail("both have it")
        other.send_signal(signal.SIGKILL)
    assert (tmp_path / ".run.lock").exists()
    with locked(tmp_path / "run"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_its_owner_removed_in_between_is_not_a_lock(tmp_path, monkeypatch):
    flock, calls = fcntl.flock, []

    def removed(handle, what):
        calls.append(handle)
        if len(calls) == 1:
            (tmp_path / ".run.lock").unlink()
        flock(handle, what)

    monkeypatch.setattr(fcntl, "flock", removed)
    with locked(tmp_path / "run"):
        assert len(calls) == 2
        assert (tmp_path / ".run.lock").exists()


def test_a_file_system_without_locks_locks_nothing(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with locked(tmp_path / "run"):
        pass


def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError), locked(tmp_path / "file" / "run"):
        pytest.fail("it is locked")
