"""Beam search against greedy writing, and against all answers there are."""

from itertools import product

import pytest
import torch

from heedful.generate import greedy
from heedful.generate.beam import beam_search
from heedful.nets import Transformer, TransformerConfig
from heedful.text.tokenizer import BOS_ID, EOS_ID, PAD_ID

pytestmark = pytest.mark.usefixtures("as_users_run_it")
SEEDS = range(5)


def model_of(seed, vocab=7):
    """Untrained, with weights large enough that some answers end and some do not."""
    config = TransformerConfig(
        source_vocab_size=11, target_vocab_size=vocab, d_model=14, n_heads=7,
        n_layers=2, d_ff=13, max_seq_len=23, dropout=0.0,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(seed)
    model = Transformer(config, generator).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.5)
    return model


def sources(seed, batch=5):
    generator = torch.Generator().manual_seed(100 + seed)
    rows = torch.randint(3, 11, (batch, 6), generator=generator)
    rows[1, 4:] = PAD_ID
    return rows


@torch.inference_mode()
def score_of(model, source, answer, length_penalty):
    """log p of a whole answer, computed at once, over its length to a power."""
    target = torch.tensor([[BOS_ID, *answer[:-1]]])
    log_p = model(source, target).log_softmax(-1)[0]
    total = sum(log_p[t, token] for t, token in enumerate(answer))
    return float(total) / len(answer) ** length_penalty


@pytest.mark.parametrize("seed", SEEDS)
def test_one_beam_is_greedy(seed):
    model, source = model_of(seed), sources(seed)
    expected = greedy(model, source, 13)
    found = beam_search(model, source, 13, n_beams=1)
    assert found[:, : expected.size(1)].equal(expected)
    assert (found[:, expected.size(1) :] == PAD_ID).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("length_penalty", [0, 0.6, 1.0])
def test_a_beam_that_holds_everything_finds_the_best_answer(seed, length_penalty):
    vocab, max_new = 5, 3
    model, source = model_of(seed, vocab), sources(seed, batch=2)
    others = [token for token in range(vocab) if token != EOS_ID]
    answers = [
        [*start, EOS_ID] for n in range(max_new) for start in product(others, repeat=n)
    ] + [list(full) for full in product(others, repeat=max_new)]
    found = beam_search(model, source, max_new, vocab**max_new, length_penalty)
    for row in range(2):
        best = max(
            answers,
            key=lambda answer: score_of(
                model, source[row : row + 1], answer, length_penalty
            ),
        )
        assert found[row].tolist()[: len(best)] == best


@pytest.mark.parametrize("seed", SEEDS)
def test_the_other_rows_of_a_batch_change_nothing(seed):
    model, source = model_of(seed), sources(seed)
    together = beam_search(model, source, 11, n_beams=3)
    for row in range(len(source)):
        alone = beam_search(model, source[row : row + 1], 11, n_beams=3)[0]
        assert together[row].tolist()[: len(alone)] == alone.tolist()


def test_more_beams_find_answers_that_are_likelier_on_the_whole():
    gained = []
    for seed in range(11):
        model, source = model_of(seed), sources(seed, batch=3)
        few = beam_search(model, source, 7, n_beams=1, length_penalty=0)
        many = beam_search(model, source, 7, n_beams=5, length_penalty=0)
        for row in range(3):
            one = source[row : row + 1]
            scores = [
                score_of(model, one, [t for t in answer.tolist() if t != PAD_ID], 0)
                for answer in (few[row], many[row])
            ]
            gained.append(scores[1] - scores[0])
    assert sum(gained) > 0


def test_no_beam_is_refused():
    with pytest.raises(ValueError, match="n_beams=0 must be at least 1"):
        beam_search(model_of(0), sources(0), 3, n_beams=0)
