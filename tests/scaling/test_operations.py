"""Bytes of the products against what passes through them while a model runs."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from heedful.nets import LanguageModel, LanguageModelConfig
from heedful.nets.language_config import gpt2, llama3_1_8b
from heedful.scaling import cache_bytes, flops, operations, parameters
from tests.scaling.models import B, tokens

SMALL = dict(vocab_size=53, d_model=28, n_heads=2, n_layers=3, max_seq_len=43)
CONFIGS = {
    "llama": LanguageModelConfig(**SMALL, d_ff=31),
    "gpt2": gpt2(**SMALL, bias=False),
}
PRODUCTS = ("projections", "scores and mixing", "feed-forward", "output")


class Moved(TorchDispatchMode):
    """Counts the bytes that products of matrices read and write."""

    def __init__(self):
        super().__init__()
        self.n_bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **kwargs or {})
        if func in (torch.ops.aten.mm.default, torch.ops.aten.bmm.default):
            self.n_bytes += sum(t.numel() * t.element_size() for t in (*args, out))
        return out


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("past", [0, 13])
def test_products_move_what_passes_through_them(name, past):
    config, n_new = CONFIGS[name], 11
    model = LanguageModel(config)
    cache = model.new_cache(B, past + n_new)
    with torch.no_grad():
        if past:
            model(tokens(53, past), cache)
        with Moved() as moved:
            model(tokens(53, n_new), cache, n_last=2)
    claimed = operations(
        config, n_new=n_new, n_past=past, n_last=2, batch=B, bytes_per_number=4
    )
    assert moved.n_bytes == sum(claimed[part].n_bytes for part in PRODUCTS)


def test_products_are_those_of_the_account():
    config = CONFIGS["llama"]
    claimed = operations(config, n_new=11, n_past=5, batch=B)
    per_row = flops(config, n_new=11, n_past=5)
    assert {part: claimed[part].flops for part in PRODUCTS} == {
        part: B * count for part, count in per_row.items()
    }


def test_small_operations_by_hand():
    config = LanguageModelConfig(vocab_size=7, d_model=4, n_layers=1, n_heads=2, d_ff=5)
    found = operations(config, n_new=3, batch=1, bytes_per_number=2)
    moved = {name: op.n_bytes for name, op in found.items()}
    assert moved["additions"] == 2 * 3 * (4 + 4 + 4) * 2  # two sums of 3 rows
    assert moved["norms"] == 3 * (3 * (4 + 4) + 4) * 2  # three norms, each with a gain
    assert moved["softmax"] == 2 * 3 * 3 * 2 * 2  # two heads of 3 x 3, in and out
    assert moved["activation"] == 3 * (5 + 5 + 5) * 2
    assert moved["rotary"] == 3 * (4 + 4) * 2 * 2  # queries and keys, in and out
    assert found["additions"].flops == 2 * 3 * 4
    assert found["additions"].intensity == pytest.approx(1 / 6)


def test_one_token_alone_reads_the_weights_and_the_cache():
    config = llama3_1_8b()
    found = operations(config, n_new=1, n_past=8191, n_last=1, fused=True)
    weights = sum(parameters(config).values()) - parameters(config)["embeddings"]
    cache = cache_bytes(config, length=8192, bytes_per_number=2)
    total = sum(op.n_bytes for op in found.values())
    assert total == pytest.approx(2 * weights + cache, rel=0.01)
    # Each weight is multiplied and added once, and has two bytes.
    assert found["feed-forward"].intensity == pytest.approx(1, rel=0.01)


def test_fusing_takes_the_square_of_the_length_out():
    config = llama3_1_8b()
    once, twice = (operations(config, n_new=n, fused=True) for n in (512, 1024))
    for name in once:
        assert twice[name].n_bytes <= 2 * once[name].n_bytes
    assert "softmax" not in once
    apart = operations(config, n_new=1024)
    assert (
        apart["softmax"].n_bytes == 4 * operations(config, n_new=512)["softmax"].n_bytes
    )
    attention = ("scores and mixing", "softmax")
    assert twice["scores and mixing"].flops == sum(apart[n].flops for n in attention)


def test_what_does_not_turn_has_no_rotary():
    assert "rotary" not in operations(CONFIGS["gpt2"], n_new=3)
