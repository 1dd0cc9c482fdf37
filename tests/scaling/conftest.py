import multiprocessing

import pytest

from heedful.scaling import Settings, sweep
from heedful.text import TEXTS
from tests.scaling.tiny import corpus

TINY = Settings(
    vocab_size=263,
    budgets=(1e7, 3e7),
    widths=(2, 4, 6, 8),
    tokens_per_parameter=(0.01, 100.0),
    n_layers=1,
    d_head=2,
    max_seq_len=11,
    batch_size=3,
    n_valid=17,
)


@pytest.fixture
def forked(monkeypatch):
    """Workers are forked from a process that has loaded torch once: 2 s less for each.

    Users get new ones, since a process with threads, as theirs, must not fork.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return  # Windows has none
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["heedful.scaling.sweep"])
    monkeypatch.setattr("multiprocessing.get_context", lambda method: server)


@pytest.fixture
def tiny(monkeypatch):
    """A sweep of a moment, on a text of a few thousand tokens."""
    monkeypatch.setitem(TEXTS, "sources", corpus)
    return TINY


@pytest.fixture(scope="session")
def whole(tmp_path_factory, unchecked):
    """The folder of that sweep, which nothing disturbed. Do not change it."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, unchecked():
        patch.setenv("HEEDFUL_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setitem(TEXTS, "sources", corpus)
        sweep(TINY, folder, progress=False)
    return folder
