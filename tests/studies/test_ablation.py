"""Each surgery takes away what its name says, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from heedful.nets import Transformer, TransformerConfig
from heedful.studies.ablation import SURGERIES, ablate
from heedful.train import ModelSizes, Recipe, RunConfig

SIZES = TransformerConfig(
    source_vocab_size=13, target_vocab_size=11, d_model=6, n_layers=2, n_heads=3,
    d_ff=7, max_seq_len=17, dropout=0.0,
)  # fmt: skip
SOURCE = torch.tensor([[3, 7, 5, 12, 4]])
TARGET = torch.tensor([[1, 9, 3, 5]])


def model(*left_out):
    made = Transformer(SIZES, torch.Generator().manual_seed(0)).eval()
    for name in left_out:
        SURGERIES[name](made)
    return made


def changes(made, source=SOURCE, target=TARGET):
    """Which output positions differ from those for SOURCE and TARGET."""
    difference = made(source, target) - made(SOURCE, TARGET)
    return (difference.abs().amax(-1)[0] > 1e-5).tolist()


def test_nothing_is_the_whole_model():
    assert model("nothing")(SOURCE, TARGET).equal(model()(SOURCE, TARGET))


def test_without_cross_attention_the_source_plays_no_part():
    other = SOURCE.roll(2)
    assert changes(model("cross-attention"), source=other) == [False] * 4
    assert changes(model(), source=other) == [True] * 4


def test_without_self_attention_what_was_written_plays_no_part():
    other = TARGET.clone()
    other[0, 1] = 4
    assert changes(model("self-attention"), target=other) == [False, True, False, False]
    assert changes(model(), target=other) == [False, True, True, True]


def test_without_positions_the_order_of_the_source_plays_no_part():
    assert changes(model("positions"), source=SOURCE.flip(1)) == [False] * 4
    assert changes(model(), source=SOURCE.flip(1)) == [True] * 4


def test_the_others_by_hand():
    x, everyone = torch.randn(1, 5, 6), torch.ones(1, 1, 1, 5, dtype=torch.bool)
    whole = model().encoder[0]
    attn, ffn, norm = whole.attn, whole.ffn, torch.nn.functional.layer_norm
    y = norm(x + attn(x), (6,))
    for left_out, expected in (
        ("feed-forward", norm(y, (6,))),
        ("LayerNorm", (x + attn(x)) + ffn(x + attn(x))),
        ("residuals", norm(ffn(norm(attn(x), (6,))), (6,))),
    ):
        operated = model(left_out).encoder[0]
        torch.testing.assert_close(operated(x, everyone), expected)
        assert not torch.allclose(expected, whole(x, everyone))


def test_a_patient_is_trained_and_examined():
    sizes = ModelSizes(d_model=6, n_layers=1, n_heads=3, d_ff=7)
    recipe = Recipe(n_steps=3, batch_size=5, evaluate_every=2, n_warmup=1)
    config = RunConfig(task="numbers", n_train=1_000, model=sizes, recipe=recipe)
    rows = ablate("LayerNorm", config)
    assert [row["step"] for row in rows] == [2, 3]
    assert all(0 <= row["right"] <= 1 and row["valid_loss"] > 0 for row in rows)
    with pytest.raises(KeyError):
        ablate("the plug", config)
    with pytest.raises(ValueError, match="norm='pre'"):
        ablate("LayerNorm", replace(config, model=replace(sizes, norm="pre")))


def test_the_committed_record_has_every_surgery():
    path = Path(__file__).parents[2] / "book" / "data" / "ablation.json"
    recorded = json.loads(path.read_text())
    assert set(recorded["results"]) == set(SURGERIES)
