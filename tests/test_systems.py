"""The table of systems: complete, up to date, and true when measured again."""

import importlib
import math
import re
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from systems import EXEMPT, NAMED, SYSTEMS  # noqa: E402
from systems.table import Gap, Missing, Same, gap, kept, page, resolve, same  # noqa: E402

PAGE = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
ROOMS = ("nets", "generate", "interop", "text", "hardware.kernels", "parallel")
NAMES = [s.name for s in SYSTEMS]
WANTED = """
RNN|LSTM|GRU,|without attention|with additive attention|minimal GRU|causal convolution|
dilated|convolutional encoder-decoder|receptive field|scaled dot-product|additive att|
multi-head self|masked|cross-attention over|grouped-query|multi-query|sliding window|
sinusoidal|learned positions|rotary positions|Llama 3.1|ALiBi|without positions|
LayerNorm|RMSNorm|FeedForward|SwiGLU|Transformer of 2017|encoder alone|GPT-2|Mistral|
BERT|Marian|KV cache|denoiser|DDPM|DDIM|by words|by characters|BPE: learning|fast twin|
packing|corpus numbers|corpus dates|corpus tatoeba|corpus python|corpus sources|
corpus wiki|corpus curves|greedy, enc|temperature|top-k|top-p|min-p|repetition penalty|
beam search|speculative|batched prompts|GGUF|SmolLM2|MiniLM|label smoothing|cosine|
inverse square root|parameters of every|FLOPs of every|memory for the backward|
of the KV cache|scaling law of|scaling law with|matrix product|softmax in three|
FlashAttention, forward|Triton kernels|processes, data|processes, sharded|
processes, tensor|parts of a spread
"""
"""A part of the name of each row that there must be."""
optional = [s for s in SYSTEMS if s.needs]
always = [s for s in SYSTEMS if not s.needs]


def exported(room):
    """The public classes and functions that a room lists."""
    module = importlib.import_module(f"heedful.{room}")
    return {f"{room}.{n}" for n, v in vars(module).items() if listed(v, room)}


def listed(value, room):
    return callable(value) and value.__module__.startswith(f"heedful.{room}.")


@pytest.mark.parametrize("room", ROOMS)
def test_everything_public_has_a_row_or_a_reason_for_none(room):
    in_rows = {part for s in SYSTEMS for part in s.parts}
    assert len(exported(room)) > (3 if room == "parallel" else 5)
    assert exported(room) - in_rows - set(EXEMPT) == set()
    assert set(EXEMPT) & in_rows == set()


def test_every_name_means_something():
    for s in SYSTEMS:
        for part in s.parts:
            assert resolve(part) is not None
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("wanted", WANTED.replace("\n", "").split("|"))
def test_no_system_was_forgotten(wanted):
    assert any(wanted in name for name in NAMES)


def test_the_page_has_the_rows_of_the_registry():
    figures = kept(PAGE)
    found = {name: figures.get(name, "missing") for name in NAMES}
    assert page(SYSTEMS, found, NAMED) == PAGE, "make systems writes it"


@pytest.mark.parametrize("s", SYSTEMS, ids=NAMES)
def test_every_row_has_a_figure(s):
    figure = kept(PAGE)[s.name]
    if s.needs:
        figure, date = figure.removesuffix(")").rsplit(" (", 1)
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", date)
    if s.within:
        assert figure == "0 (exactly equal)" or float(figure) <= s.within
    else:
        n_equal, n = re.match(r"([\d,]+) of ([\d,]+) ", figure).groups()
        assert n_equal == n != "0"


@pytest.mark.parametrize("s", always, ids=[s.name for s in always])
def test_what_the_page_says_is_true_now(s, as_users_run_it):
    found = s.measured()
    assert s.agrees(found), f"{found}, allowed is {s.allowed}"


def test_a_row_that_cannot_be_measured_says_so(as_users_run_it):
    # Of the optional rows those that need a download have nothing in an empty home.
    rows = [s for s in optional if "heedful data get" in s.needs]
    assert len(rows) == 2
    for s in rows:
        with pytest.raises(Missing, match="heedful data get"):
            s.measured()


def test_measuring_by_hand():
    a = torch.tensor([1.0, 2.0, 4.0])
    assert gap(a, a + torch.tensor([0.0, -0.5, 0.25])) == Gap(0.5)
    with pytest.raises(ValueError, match="the reference is constant"):
        gap(a, torch.ones(3))
    with pytest.raises(ValueError, match="shapes differ"):
        gap(a, a[:2])
    assert same([1, 2, 3], [1, 5, 3], "things") == Same(2, 3, "things")
    assert str(Same(1234, 1234, "things")) == "1,234 of 1,234 things"


def test_agreeing_by_hand():
    close = next(s for s in SYSTEMS if s.within == 1e-5)
    assert close.agrees(Gap(1e-5)) and close.agrees(Gap(0.0))
    assert not close.agrees(Gap(1.1e-5)) and not close.agrees(Gap(math.nan))
    equal = next(s for s in SYSTEMS if not s.within)
    assert equal.agrees(Same(3, 3, "things"))
    assert not equal.agrees(Same(2, 3, "things")) and not equal.agrees(Same(0, 0, "x"))
