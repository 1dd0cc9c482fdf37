import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from heedful.generate import GREEDY, Sampling
from heedful.generate.sampling import (
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalise_repetition,
    sample,
    with_temperature,
)

B, T, V = 5, 3, 23
quickly = settings(max_examples=60, deadline=None, derandomize=True)
# Multiples of 1/4, so that equal ones are common.
rows = st.lists(st.integers(-20, 20).map(lambda n: n / 4), min_size=1, max_size=9)
shares = st.sampled_from([0.01, 0.1, 0.25, 0.5, 0.9, 0.999, 1.0])


def support(logits):
    """Which tokens may still come."""
    return logits.softmax(-1) > 0


def of(shares):
    """Logits of a distribution, up to a constant."""
    return torch.tensor(shares).log() + 3


def nothing_seen(logits):
    return torch.zeros_like(logits, dtype=torch.bool)


TRUNCATIONS = {
    "top-k": (keep_top_k, TopKLogitsWarper, [1, 2, 7, 22, 23, 97]),
    "top-p": (keep_top_p, TopPLogitsWarper, [0.001, 0.1, 0.5, 0.9, 0.99]),
    "min-p": (keep_min_p, MinPLogitsWarper, [0.001, 0.1, 0.5, 0.9, 1.0]),
}


@pytest.mark.parametrize(
    ("ours", "theirs", "value"),
    [
        (ours, theirs, v)
        for ours, theirs, values in TRUNCATIONS.values()
        for v in values
    ],
)
@pytest.mark.parametrize("spread", [0.3, 3.0, 12.0])
def test_truncations_agree_with_transformers(ours, theirs, value, spread):
    logits = torch.randn(B, V) * spread
    expected = theirs(value)(None, logits.clone())
    assert torch.equal(ours(logits, value), expected)


def test_temperature_agrees_with_transformers():
    logits = torch.randn(B, V) * 3
    for temperature in (0.01, 0.7, 1.0, 13.0):
        got = with_temperature(logits, temperature)
        expected = TemperatureLogitsWarper(temperature)(None, logits)
        torch.testing.assert_close(got.softmax(-1), expected.softmax(-1))


@pytest.mark.parametrize("penalty", [0.5, 1.0, 1.3, 5.0])
def test_repetition_penalty_agrees_with_transformers(penalty):
    logits, ids = torch.randn(B, V), torch.randint(V, (B, 7))
    seen = nothing_seen(logits).scatter(1, ids, True)
    expected = RepetitionPenaltyLogitsProcessor(penalty)(ids, logits.clone())
    assert torch.equal(penalise_repetition(logits, seen, penalty), expected)


def test_the_whole_order_agrees_with_transformers():
    logits, ids = torch.randn(B, V) * 3, torch.randint(V, (B, 7))
    seen = nothing_seen(logits).scatter(1, ids, True)
    ours = Sampling(
        repetition_penalty=1.7, temperature=1.9, top_k=17, top_p=0.8, min_p=0.05
    )
    theirs = [
        RepetitionPenaltyLogitsProcessor(1.7),
        TemperatureLogitsWarper(1.9),
        TopKLogitsWarper(17),
        TopPLogitsWarper(0.8),
        MinPLogitsWarper(0.05),
    ]
    expected = logits.clone()
    for step in theirs:
        expected = step(ids, expected)
    got = ours.shaped(logits, seen)
    torch.testing.assert_close(got.softmax(-1), expected.softmax(-1))
    assert 0 < support(got).sum() < B * 17


def test_each_step_sees_what_the_one_before_it_left():
    logits = of([0.5, 0.3, 0.2])

    def left(**choice):
        return support(Sampling(**choice).shaped(logits, nothing_seen(logits))).tolist()

    assert left(top_p=0.6) == [True, True, False]
    # Of the two that top-k leaves, the first has a share of 0.5 / 0.8 > 0.6.
    assert left(top_k=2, top_p=0.6) == [True, False, False]
    # Min-p would leave the same two, but comes too late.
    assert left(top_p=0.6, min_p=0.5) == [True, True, False]
    # Flattened to 0.41, 0.32 and 0.26, before anything is cut off.
    assert left(temperature=2.0, top_p=0.75) == [True, True, True]


@pytest.mark.parametrize(
    ("change", "value", "expected"),
    [
        (keep_top_k, 1, [0, 1, 0, 0, 0]),
        (keep_top_k, 2, [0, 1, 1, 0, 1]),  # 2 and 4 are equal: both or neither
        (keep_top_k, 3, [0, 1, 1, 0, 1]),
        (keep_top_k, 4, [1, 1, 1, 0, 1]),
        (keep_top_k, 97, [1, 1, 1, 1, 1]),
        (keep_top_p, 0.39, [0, 1, 0, 0, 0]),
        (keep_top_p, 0.41, [0, 1, 1, 0, 1]),
        (keep_top_p, 0.79, [0, 1, 1, 0, 1]),
        (keep_top_p, 0.81, [1, 1, 1, 0, 1]),
        (keep_top_p, 0.96, [1, 1, 1, 1, 1]),
        (keep_min_p, 1.0, [0, 1, 0, 0, 0]),
        (keep_min_p, 0.51, [0, 1, 0, 0, 0]),
        (keep_min_p, 0.49, [0, 1, 1, 0, 1]),
        (keep_min_p, 0.37, [1, 1, 1, 0, 1]),
        (keep_min_p, 0.12, [1, 1, 1, 1, 1]),
    ],
)
def test_truncations_by_hand(change, value, expected):
    logits = of([0.15, 0.4, 0.2, 0.05, 0.2])
    assert support(change(logits, value)).int().tolist() == expected


def test_all_equal_logits_all_stay():
    level = torch.zeros(B, V)
    for change, value in ((keep_top_k, 1), (keep_top_p, 0.1), (keep_min_p, 1.0)):
        assert torch.equal(change(level, value), level)


@quickly
@given(row=rows, k=st.integers(1, 11))
def test_top_k_keeps_k_and_what_equals_the_last(row, k):
    kept = support(keep_top_k(torch.tensor(row), k)).tolist()
    last = sorted(row, reverse=True)[: min(k, len(row))][-1]
    assert kept == [x >= last for x in row]


@quickly
@given(row=rows, p=shares)
def test_top_p_keeps_the_fewest_levels_that_have_share_p(row, p):
    total = math.fsum(math.exp(x) for x in row)
    kept = support(keep_top_p(torch.tensor(row), p)).tolist()
    least = min(x for x, stays in zip(row, kept) if stays)
    assert kept == [x >= least for x in row]
    # Numbers within rounding of p may fall on either side.
    share = math.fsum(math.exp(x) for x in row if x >= least) / total
    without = math.fsum(math.exp(x) for x in row if x > least) / total
    assert share >= p - 1e-6
    assert without < p + 1e-6


@quickly
@given(row=rows, p=shares)
def test_min_p_keeps_what_is_p_times_as_likely_as_the_best(row, p):
    kept = support(keep_min_p(torch.tensor(row), p)).tolist()
    for x, stays in zip(row, kept):
        ratio = math.exp(x - max(row))
        assert stays == (ratio >= p) or math.isclose(ratio, p, rel_tol=1e-5)


@quickly
@given(row=rows, seed=st.integers(0, 9), data=st.data())
def test_the_order_of_the_vocabulary_plays_no_part(row, seed, data):
    ours = Sampling(
        temperature=data.draw(st.sampled_from([0.5, 1.0, 2.0])),
        top_k=data.draw(st.sampled_from([None, 1, 3])),
        top_p=data.draw(st.sampled_from([0.5, 0.83, 1.0])),
        min_p=data.draw(st.sampled_from([0.0, 0.31])),
    )
    logits = torch.tensor(row)
    order = torch.randperm(len(row), generator=torch.Generator().manual_seed(seed))
    shaped = ours.shaped(logits, nothing_seen(logits))
    reordered = ours.shaped(logits[order], nothing_seen(logits))
    assert torch.equal(support(reordered), support(shaped)[order])
    # Whatever is cut off, the best stays, and what stays keeps its proportions.
    assert support(shaped)[logits.argmax()]
    stays = support(shaped)
    free = (logits / ours.temperature)[stays]
    torch.testing.assert_close(shaped.softmax(-1)[stays], free.softmax(-1))


@pytest.mark.parametrize("ours", [Sampling(top_k=3), Sampling(top_p=0.6), GREEDY])
def test_any_leading_axes_are_rows(ours):
    logits = torch.randn(B, T, V)
    together = ours.shaped(logits, nothing_seen(logits))
    for b in range(B):
        for t in range(T):
            alone = ours.shaped(logits[b, t], nothing_seen(logits[b, t]))
            assert torch.equal(together[b, t], alone)
    assert sample(logits).shape == (B, T)
    assert sample(logits[0, 0]).shape == ()


def test_the_penalty_lowers_what_was_seen_whatever_its_sign():
    logits = torch.tensor([2.0, -2.0, 2.0, -2.0, 0.0])
    seen = torch.tensor([True, True, False, False, True])
    got = penalise_repetition(logits, seen, 4.0)
    assert got.tolist() == [0.5, -8.0, 2.0, -2.0, 0.0]


def test_temperature_0_takes_the_best_and_draws_nothing():
    logits, generator = torch.randn(B, V), torch.Generator().manual_seed(3)
    before = generator.get_state()
    assert torch.equal(
        GREEDY.choose(logits, nothing_seen(logits), generator), logits.argmax(-1)
    )
    assert torch.equal(generator.get_state(), before)
    shares = GREEDY.shaped(logits, nothing_seen(logits)).softmax(-1)
    assert torch.equal(shares, torch.eye(V)[logits.argmax(-1)])


def test_temperature_0_still_heeds_the_penalty():
    logits = torch.tensor([3.0, 2.0, 1.0])
    seen = torch.tensor([True, False, False])
    settings = Sampling(temperature=0, repetition_penalty=2.0)
    assert settings.choose(logits, seen).item() == 1


@pytest.mark.parametrize("temperature", [1e-30, 1e-5])
def test_a_temperature_near_0_is_greedy_and_not_nan(temperature):
    logits = torch.randn(B, V) * 50
    shaped = Sampling(temperature=temperature).shaped(logits, nothing_seen(logits))
    assert torch.equal(support(shaped).float(), torch.eye(V)[logits.argmax(-1)])


def test_draws_have_the_probabilities_of_the_logits():
    shares = torch.tensor([0.05, 0.6, 0.0, 0.35])
    generator = torch.Generator().manual_seed(7)
    n = 20_011
    drawn = sample(shares.log().expand(n, 4), generator).bincount(minlength=4) / n
    assert drawn[2] == 0
    spread = (shares * (1 - shares) / n).sqrt()  # of a share among n draws
    assert ((drawn - shares).abs() <= 4 * spread).all()


def test_one_generator_gives_one_draw():
    logits = torch.randn(B, T, V)

    def drawn(seed):
        torch.randn(3)  # the global generator must not matter
        return sample(logits, torch.Generator().manual_seed(seed))

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(temperature=-0.1), r"temperature=-0.1 must be a number 0 \(greedy\) or"),
        (dict(temperature=math.nan), "temperature=nan must be a number"),
        (dict(temperature=math.inf), "temperature=inf must be a number"),
        (dict(temperature="1"), "temperature='1' must be a number"),
        (dict(top_k=0), "top_k=0 must be a whole number from 1 up"),
        (dict(top_k=2.5), "top_k=2.5 must be a whole number"),
        (dict(top_k=True), "top_k=True must be a whole number"),
        (dict(top_p=0.0), "top_p=0.0 must be a number above 0 and at most 1"),
        (dict(top_p=1.1), "top_p=1.1 must be a number above 0 and at most 1"),
        (dict(min_p=-0.1), "min_p=-0.1 must be a number from 0 to 1"),
        (dict(min_p=1.1), "min_p=1.1 must be a number from 0 to 1"),
        (dict(repetition_penalty=0), "repetition_penalty=0 must be a number above 0"),
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused_with_their_value(
    as_users_run_it, change, message
):
    with pytest.raises(ValueError, match=message):
        Sampling(**change)
