"""What holds for every test: one thread, known random numbers, a home of its own."""

import gc
import random
import signal
import subprocess
from contextlib import contextmanager
from itertools import count

import hypothesis
import jaxtyping
import pytest
import torch
from jaxtyping import jaxtyped

# On a busy machine an example may take any time; that is no fault of the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# Without a GPU `torch.manual_seed` keeps a traceback for later: 2 ms for each test.
has_gpu = torch.cuda.is_available()
seed_torch = torch.manual_seed if has_gpu else torch.default_generator.manual_seed


def pytest_collection():
    gc.disable()  # half a million objects are made and none is thrown away


def pytest_collection_finish():
    gc.freeze()  # nor will they be, so there is no need to look at them again
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def signals_as_in_a_terminal():
    """A shell ignores Ctrl-C in its background jobs, and nohup SIGHUP: undo that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):  # Windows has none
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)  # tiny models stall when two threads share one core


@pytest.fixture(autouse=True)
def repeatable():
    seed_torch(0)
    random.seed(0)


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """One new folder after the other. `mktemp` would look through all before each."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(n) for n in count())


@pytest.fixture(autouse=True)
def home(homes, monkeypatch):
    """The folder of `HEEDFUL_HOME`, empty: no test sees the user's trained runs."""
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("HEEDFUL_HOME", str(home))
    return home


def checked_but_inner(typechecker):
    """The hook's decorator, without the 1 ms for each function made inside another."""

    def decorated(fn):
        is_inner = "<locals>" in fn.__qualname__
        return fn if is_inner else jaxtyped(fn, typechecker=typechecker)

    return decorated


@pytest.fixture(scope="session")
def unchecked():
    """`with unchecked():` switches the checking of types off, which saves much time."""

    @contextmanager
    def without_checks():
        jaxtyping.config.update("jaxtyping_disable", True)
        jaxtyping.jaxtyped = checked_but_inner
        try:
            yield
        finally:
            jaxtyping.jaxtyped = jaxtyped
            jaxtyping.config.update("jaxtyping_disable", False)

    return without_checks


@pytest.fixture
def as_users_run_it(unchecked):
    """The whole test without checking of types, so it meets the errors of users."""
    with unchecked():
        yield


@pytest.fixture
def full_disk():
    """`with full_disk():` does to this process what a full disk does: no large file."""
    resource = pytest.importorskip("resource")  # Windows has none

    @contextmanager
    def no_file_over(n_bytes=4096):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return no_file_over


@pytest.fixture(scope="session")
def child():
    """`with child(command) as process:` as Popen, but no failed test waits for it."""

    @contextmanager
    def killed_at_the_end(command, **options):
        with subprocess.Popen(command, **options) as process:
            try:
                yield process
            finally:
                process.kill()

    return killed_at_the_end


@pytest.fixture(scope="session")
def tiny_config():
    """A run of a second: it learns nothing much, and does all that a run does."""
    from heedful.train import ModelSizes, Recipe, RunConfig

    return RunConfig(
        n_train=1_000,
        model=ModelSizes(d_model=10, n_layers=1, n_heads=2, d_ff=13, max_seq_len=23),
        recipe=Recipe(n_steps=7, batch_size=11, n_warmup=2, evaluate_every=3),
    )
