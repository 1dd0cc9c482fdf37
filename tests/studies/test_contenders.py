from dataclasses import replace

import pytest
import torch

from heedful.scaling import counted_parameters
from heedful.studies import CONTENDERS, equal_widths, longest_chain
from heedful.train.config import ModelSizes

VOCAB = (35, 18)
SMALL = ModelSizes(d_model=20, d_ff=62, max_seq_len=23)
MIDDLE = ModelSizes(d_model=28, d_ff=36, max_seq_len=23)

every_kind = pytest.mark.parametrize("name", CONTENDERS)


def built(sizes, name, d_model):
    return CONTENDERS[name].build(sizes, d_model, VOCAB, None)


@pytest.mark.parametrize("sizes", [SMALL, MIDDLE, ModelSizes()], ids=["s", "m", "l"])
def test_all_are_equally_large(sizes):
    widths = equal_widths(sizes, VOCAB)
    assert list(widths) == list(CONTENDERS)
    counts = {
        name: counted_parameters(built(sizes, name, d)) for name, d in widths.items()
    }
    target = counts["transformer"]
    assert widths["transformer"] == sizes.d_model
    assert all(abs(count - target) <= 0.01 * target for count in counts.values())


@pytest.mark.parametrize("name", list(CONTENDERS)[:-1])
def test_no_other_width_is_nearer(name):
    found = equal_widths(MIDDLE, VOCAB)
    target = counted_parameters(built(MIDDLE, "transformer", MIDDLE.d_model))
    step = CONTENDERS[name].step
    away = {
        width: abs(counted_parameters(built(MIDDLE, name, width)) - target)
        for width in range(step, 80, step)
    }
    assert found[name] == min(away, key=lambda width: away[width])


def test_a_size_that_cannot_be_met_is_told_with_its_numbers():
    sizes = replace(SMALL, d_ff=47)
    n = counted_parameters(built(sizes, "transformer", 20))
    message = rf"the Transformer has {n:,} parameters, .* change d_ff=47 a little"
    with pytest.raises(ValueError, match=message):
        equal_widths(sizes, VOCAB)


def test_the_longest_chain_by_hand():
    x = torch.ones(3, requires_grad=True)
    assert longest_chain(x) == 0
    assert longest_chain(x * 2) == 1
    y = x * 2
    assert longest_chain((y + 1).exp() * y) == 4  # not 1 + 3 + 1: y counts once
    for _ in range(7):
        x = x.sin()
    assert longest_chain(x + 1) == 8


@every_kind
def test_what_waits_grows_as_the_chain_of_operations_does(name):
    """The count from the architecture against the graph that autograd kept."""
    model = built(SMALL, name, 2 * SMALL.d_model)

    def chain(s_len, t_len):
        source, target = (torch.randint(3, 18, (2, n)) for n in (s_len, t_len))
        return longest_chain(model(source, target))

    def waits(s_len, t_len):
        return CONTENDERS[name].waits(SMALL, s_len, t_len)

    per_word = waits(6, 11) - waits(5, 11), waits(5, 12) - waits(5, 11)
    assert per_word == ((1, 1) if "gru" in name else (0, 0))
    steps = [chain(5 + i, 11) - chain(4 + i, 11) for i in (1, 2, 7)]
    assert len(set(steps)) == 1
    assert (steps[0] > 0) == (per_word[0] > 0)
    steps = [chain(5, 11 + i) - chain(5, 10 + i) for i in (1, 2, 7)]
    assert len(set(steps)) == 1
    assert (steps[0] > 0) == (per_word[1] > 0)
