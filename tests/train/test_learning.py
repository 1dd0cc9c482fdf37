"""Does it learn, and does it learn without looking at the answer?

The task: write a row of digits backwards. The judge shows the model nothing but the
prefix that it would have at generation, so a model that learned to read its answer
off the target (because a mask let it) has nothing to read.
"""

import random

import pytest
import torch

from heedful.nets import Transformer, TransformerConfig
from heedful.text import EncodedPairs, training_batches
from heedful.train import Recipe, fit, token_loss

BOUND = 0.5
"""In nats per token; a model that only knows the 10 digits has about ln 10 = 2.3."""

ENOUGH, ENOUGH_TO_COPY = 600, 350
"""In steps; 450 and 250 do as well."""


def reversals(n, seed):
    rng = random.Random(seed)
    rows = [[rng.randrange(3, 13) for _ in range(rng.randint(5, 7))] for _ in range(n)]
    return EncodedPairs(sources=rows, targets=[row[::-1] for row in rows])


def fresh_model():
    sizes = TransformerConfig(
        source_vocab_size=13, target_vocab_size=13, d_model=32, n_layers=1, n_heads=2,
        d_ff=64, max_seq_len=11, dropout=0.0,
    )  # fmt: skip
    return Transformer(sizes, torch.Generator().manual_seed(0))


def trained_model(n_steps):
    recipe = Recipe(
        n_steps=n_steps, batch_size=32, learning_rate=5e-3, n_warmup=30,
        label_smoothing=0.0, evaluate_every=n_steps,
    )  # fmt: skip
    model = fresh_model()
    batches = training_batches(reversals(5_000, seed=1), recipe.batch_size, seed=0)
    valid = reversals(50, seed=2).in_batches(50)
    rows = []
    fit(model, batches, recipe, valid, rows.append, progress=False)
    return model, rows[-1]["valid_loss"]


@torch.no_grad()
def prefix_only_loss(model):
    """Nats per token, where the logits at t are computed from `target[:, : t + 1]`."""
    (batch,) = reversals(200, seed=3).in_batches(200)
    logits = [
        model.eval()(batch.source, batch.target[:, : t + 1])[:, -1]
        for t in range(batch.target.size(1))
    ]
    return float(token_loss(torch.stack(logits, dim=1), batch.goal))


def leaking_mask(q_len, k_len=None, device=None):
    return torch.ones(q_len, k_len or q_len, dtype=torch.bool, device=device)


@pytest.mark.usefixtures("as_users_run_it")
def test_it_learns_to_reverse_and_neither_luck_nor_a_leak_would_pass(monkeypatch):
    assert prefix_only_loss(fresh_model()) > 2

    honest, teacher_forced = trained_model(ENOUGH)
    assert prefix_only_loss(honest) < BOUND
    assert teacher_forced < BOUND

    monkeypatch.setattr("heedful.nets.transformer.causal_mask", leaking_mask)
    leaking, teacher_forced = trained_model(ENOUGH_TO_COPY)
    assert teacher_forced < BOUND  # it looks as if it had learned ...
    assert prefix_only_loss(leaking) > 2 * BOUND  # ... but it only copied
