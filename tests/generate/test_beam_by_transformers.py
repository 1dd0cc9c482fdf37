"""Beam search, token for token that of `transformers` on the same weights."""

import pytest
import torch
from transformers import MarianConfig, MarianMTModel

from heedful.generate import beam_search, greedy
from heedful.interop import to_marian
from heedful.text import EOS_ID, PAD_ID

from .test_greedy import random_model, sources

pytestmark = pytest.mark.usefixtures("as_users_run_it")  # checking takes most time
NEW, SEEDS, PENALTIES = 13, [1, 3, 8, 9, 10, 12], [-0.5, 0.0, 1.0, 2.5]


def their_answers(model, source, n_beams, length_penalty):
    settings, weights = to_marian(model)
    marian = MarianMTModel(MarianConfig(**settings))
    marian.load_state_dict(weights)
    written = marian.eval().generate(
        source,
        attention_mask=(source != PAD_ID).long(),
        max_new_tokens=NEW,
        num_beams=n_beams,
        length_penalty=length_penalty,
        early_stopping=False,
        do_sample=False,
    )[:, 1:]
    # Behind an answer they repeat EOS, since they take the PAD 0 for no PAD at all.
    over = (written == EOS_ID).cumsum(1) - (written == EOS_ID).long()
    return written.masked_fill(over > 0, PAD_ID)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_beams", [2, 5])
@pytest.mark.parametrize("length_penalty", PENALTIES)
def test_answers_are_theirs(seed, n_beams, length_penalty):
    model, source = random_model("post", seed), sources()
    expected = their_answers(model, source, n_beams, length_penalty)
    found = beam_search(model, source, NEW, n_beams, length_penalty)
    assert torch.equal(found, expected)


def test_the_answers_above_have_many_lengths_and_are_often_not_greedy():
    lengths, n_other = [], 0
    for seed in SEEDS:
        model, source = random_model("post", seed), sources()
        single = greedy(model, source, NEW).tolist()
        for length_penalty in PENALTIES:
            found = beam_search(model, source, NEW, 5, length_penalty).tolist()
            for row, other in zip(found, single):
                lengths.append(row.index(EOS_ID) + 1 if EOS_ID in row else NEW)
                n_other += row[: lengths[-1]] != other[: lengths[-1]]
    assert len(set(lengths)) >= 8
    assert n_other > len(lengths) / 2
