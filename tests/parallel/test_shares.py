"""All shares together are the batch, and their weighted losses its loss."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heedful.parallel import joined, share_of
from heedful.text.batching import Batch
from heedful.train import ConfigError, Recipe, Run, RunConfig, token_loss
from heedful.train.engine import ALONE, Engine
from heedful.train.loop import fit_and_save

CPU = torch.device("cpu")


def batch_of(lengths):
    """Rows of so many tokens, the rest padding; the tokens tell the rows apart."""
    rows = torch.arange(1, len(lengths) + 1)[:, None].expand(-1, max(lengths))
    keep = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return Batch(source=rows + 1, target=rows + 2, goal=rows * keep)


def test_by_hand():
    batch = batch_of([1, 3, 2, 2, 4])  # 12 tokens, of which rows 0, 2 and 4 have 7
    first, second = (share_of(batch, rank, 2, CPU) for rank in range(2))
    assert first.inputs[0][:, 0].tolist() == [2, 4, 6]
    assert second.inputs[1][:, 0].tolist() == [4, 6]
    assert (first.weight, second.weight) == (2 * 7 / 12, 2 * 5 / 12)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=11), st.integers(1, 5))
def test_the_mean_of_the_weighted_losses_is_the_loss(lengths, size):
    batch = batch_of(lengths)
    logits = torch.randn(len(lengths), max(lengths), 13)
    whole = token_loss(logits, batch.goal, label_smoothing=0.1)
    losses = []
    for rank in range(size):
        share = share_of(batch, rank, size, CPU)
        own = logits[rank::size] if rank < len(lengths) else logits[:1]
        losses.append(share.weight * token_loss(own, share.goal, label_smoothing=0.1))
    torch.testing.assert_close(sum(losses) / size, whole)


def test_who_has_no_row_takes_one_that_does_not_count():
    share = share_of(batch_of([3, 2]), 2, 3, CPU)
    assert share.weight == 0
    assert share.goal.tolist() == [[1, 1, 1]]


def test_a_rank_that_is_not_there():
    with pytest.raises(ValueError, match="rank=2 must be from 0 to size-1=1"):
        share_of(batch_of([3]), 2, 2, CPU)


def test_without_torchrun_or_with_one_process_all_is_as_always(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined("sharded") as engine:
        assert engine is ALONE
    monkeypatch.setenv("WORLD_SIZE", "1")
    with joined("data") as engine:
        assert engine is ALONE


def test_an_unknown_scheme():
    with (
        pytest.raises(ValueError, match="must be one of data, sharded, tensor"),
        joined("pipeline"),
    ):
        pass


def test_fused_and_compiled_kernels_are_for_one_process():
    config = RunConfig(recipe=Recipe(n_steps=3, n_warmup=1, kernels="fused"))
    run = Run(config, torch.nn.Linear(2, 2), ())
    with pytest.raises(ConfigError, match="kernels='fused' are for one process"):
        fit_and_save(run, lambda position: iter(()), [], engine=Engine())
