import pytest

from heedful.studies import Settings, compare
from heedful.text import CORPORA
from heedful.text.numbers import numbers
from heedful.train import ModelSizes, Recipe


@pytest.fixture(autouse=True)
def small_corpus(monkeypatch):
    """What is unseen is little, so that a look at it takes a moment."""

    def small(n_train):
        return numbers(n_train=n_train, n_test=29)

    monkeypatch.setitem(CORPORA, "numbers", small)


@pytest.fixture(scope="session")
def tiny_settings():
    """Sizes for which every model finds a width, and a training of a blink."""
    return Settings(
        n_train=1_000,
        model=ModelSizes(d_model=20, d_ff=62, max_seq_len=23),
        recipe=Recipe(n_steps=5, batch_size=11, n_warmup=2, evaluate_every=3),
        rates=(1e-3, 1e-2),
        longest=5,
    )


@pytest.fixture(scope="session")
def finished(tiny_settings, tmp_path_factory, unchecked):
    """A finished study of two seeds and its folder. Change neither."""
    folder = tmp_path_factory.mktemp("finished")
    with unchecked(), pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setitem(
            CORPORA, "numbers", lambda n_train: numbers(n_train=n_train, n_test=29)
        )
        return compare(tiny_settings, 2, folder, progress=False), folder
