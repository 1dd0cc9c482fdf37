"""Runs that differ in one thing only, and the arithmetic of who needs how much."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from heedful.studies import algorithms
from heedful.studies.algorithms import Material, best_runs, measure, steps_to_reach
from heedful.text import Document, TextCorpus
from heedful.text.corpora import CARDS, TEXTS
from heedful.train import LanguageSizes, cosine

SIZES = LanguageSizes(
    d_model=14, n_layers=1, n_heads=1, n_kv_heads=1, d_ff=22, max_seq_len=11
)
CONFIG = replace(algorithms.CONFIG, vocab_size=271, model=SIZES)
CONFIG = replace(CONFIG, recipe=replace(CONFIG.recipe, batch_size=5, clip_norm=1e9))


@pytest.fixture
def material(monkeypatch):
    rng = random.Random(0)
    words = "for if in not or is the a while".split()
    files = [Document(f"{i}.py", " ".join(rng.choices(words, k=71))) for i in range(13)]
    corpus = TextCorpus(
        card=CARDS["python"], train=files[:9], valid=files[9:11], test=files[11:]
    )
    monkeypatch.setitem(TEXTS, "python", lambda: corpus)
    return Material.of(CONFIG)


def test_a_run_is_the_one_that_one_would_write(material):
    model, n_steps, peak = material.new_model(), 7, 0.05
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    rows = algorithms.packed_batches(material.rows, 5, CONFIG.seed)
    for step, batch in zip(range(1, n_steps + 1), rows):
        logits = model(batch.tokens).flatten(0, 1)
        optimizer.zero_grad()
        F.cross_entropy(logits, batch.goal.flatten(), ignore_index=0).backward()
        optimizer.param_groups[0]["lr"] = cosine(step, n_steps, peak, n_warmup=1)
        optimizer.step()
    goal = torch.cat([batch.goal for batch in material.valid]).flatten()
    tokens = torch.cat([batch.tokens for batch in material.valid])
    with torch.no_grad():
        expected = F.cross_entropy(model(tokens).flatten(0, 1), goal, ignore_index=0)
    found = material.loss_after(n_steps, "adam", peak)
    assert found == pytest.approx(float(expected), abs=1e-4)
    assert material.loss_after(n_steps, "muon", peak) != pytest.approx(found, abs=1e-3)


def test_operations_of_a_step_by_hand(material):
    tokens, d, d_ff, vocab = 5 * 11, 14, 22, 271
    weights = 4 * d * d + 3 * d * d_ff + d * vocab
    mixing = 2 * 5 * 11 * 11 * d  # scores, and weights times values, of one layer
    adam = 3 * 2 * (tokens * weights + mixing)  # forward, and twice as much backward
    assert material.flops_per_step("adam") == adam
    # Muon multiplies each (m, n) matrix five times: X X', its square, and that by X.
    orthogonal = 0
    for m, n in [(d, d)] * 4 + [(d, d_ff)] * 3:
        orthogonal += 5 * (2 * m * m * n + 2 * m**3 + 2 * m * m * n)
    assert material.flops_per_step("muon") == adam + orthogonal


def test_all_runs_are_made(material):
    found = measure(material, steps=(2, 3), rates=(0.01, 0.1))
    runs = [(r["optimizer"], r["n_steps"], r["learning_rate"]) for r in found["runs"]]
    assert len(set(runs)) == len(runs) == 2 * 2 * 2
    assert json.loads(json.dumps(found))["settings"]["vocab_size"] == 271


def row(n_steps, rate, loss, optimizer="adam"):
    return dict(
        optimizer=optimizer, n_steps=n_steps, learning_rate=rate, valid_loss=loss
    )


def test_best_runs_and_the_steps_between_them():
    runs = [row(200, 3, 2.5), row(50, 1, 8.0), row(200, 2, 2.0), row(50, 3, 9.0)]
    best = best_runs(dict(runs=[*runs, row(50, 1, 1.0, "muon")]), "adam")
    assert best == [runs[1], runs[2]]
    assert steps_to_reach(best, 8.0) == 50 and steps_to_reach(best, 2.0) == 200
    assert steps_to_reach(best, 4.0) == pytest.approx(100)  # halfway in both logarithms
    with pytest.raises(ValueError, match=r"loss=1\.9 .* 2\.0 to 8\.0"):
        steps_to_reach(best, 1.9)


def test_the_committed_record_has_every_run():
    path = Path(__file__).parents[2] / "book" / "data" / algorithms.FILE
    runs = json.loads(path.read_text())["runs"]
    n = 2 * len(algorithms.STEPS) * len(algorithms.RATES)
    assert len(runs) == n
    # No best rate is the least or largest tried, so none was missed by not trying it.
    for optimizer in ("adam", "muon"):
        for best in best_runs(dict(runs=runs), optimizer):
            assert best["learning_rate"] in algorithms.RATES[1:-1]
