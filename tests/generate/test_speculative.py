import itertools

import pytest
import torch

from heedful.generate import GREEDY, Sampling, complete, speculate
from heedful.generate import speculative as module
from heedful.nets.language_config import gpt2, llama

from .language_models import CONFIGS, LIMIT, SIZES, V, random_model, random_prompt

pytestmark = pytest.mark.usefixtures("as_users_run_it")
every_kind = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
PROMPT, NEW = random_prompt(5), 19
TINY = dict(vocab_size=4, d_model=6, n_layers=1, n_heads=1, max_seq_len=7)


def near(config, noise):
    """A draft: the model with some noise on its weights."""
    draft = random_model(config)
    with torch.no_grad():
        for weight in draft.parameters():
            weight.add_(torch.randn_like(weight) * noise)
    return draft


@every_kind
@pytest.mark.parametrize("n_draft", [1, 4])
@pytest.mark.parametrize("noise", [0.0, 0.05, 1.0])
def test_greedily_it_is_token_for_token_what_the_model_writes(config, n_draft, noise):
    model, draft = random_model(config), near(config, noise)
    (expected,) = complete(model, [PROMPT], max_new=NEW)
    got = speculate(model, draft, PROMPT, max_new=NEW, n_draft=n_draft)
    assert got.tokens == expected
    # Each round keeps what it accepts and writes one token of the model's own.
    assert len(expected) == got.n_accepted + got.n_rounds
    assert got.n_accepted <= got.n_judged <= got.n_proposed
    assert got.n_proposed <= n_draft * got.n_rounds
    # Each round ends with a refusal, or because all its proposals were accepted.
    assert got.n_judged - got.n_accepted <= got.n_rounds
    if noise == 0:
        assert got.n_accepted == got.n_proposed
        assert got.n_judged == got.n_proposed
        assert got.n_rounds == -(-NEW // (n_draft + 1))


def test_the_drafts_above_are_right_at_times_and_wrong_at_times():
    config = CONFIGS["rotary"]
    model = random_model(config)
    good, poor = (
        speculate(model, near(config, noise), PROMPT, max_new=NEW)
        for noise in (0.05, 1.0)
    )
    assert 0 < good.n_accepted < good.n_proposed
    assert poor.n_accepted < good.n_accepted
    assert good.n_rounds < poor.n_rounds <= NEW


def test_a_draft_of_another_kind_and_size_will_do():
    model = random_model(CONFIGS["rotary"])
    draft = random_model(gpt2(vocab_size=V, d_model=6, n_layers=1, n_heads=1))
    settings = Sampling(temperature=0, repetition_penalty=2.0)
    for choice in (GREEDY, settings):
        (expected,) = complete(model, [PROMPT], choice, max_new=NEW)
        assert speculate(model, draft, PROMPT, choice, max_new=NEW).tokens == expected


@pytest.mark.parametrize("noise", [0.0, 0.05, 1.0])
@pytest.mark.parametrize("n_draft", [1, 3, 7])
def test_it_stops_where_the_model_stops(noise, n_draft):
    config = CONFIGS["rotary"]
    model, draft = random_model(config), near(config, noise)
    (free,) = complete(model, [PROMPT], max_new=NEW)
    for stop in set(free):
        stops = [stop, PROMPT[-1]]
        (expected,) = complete(model, [PROMPT], max_new=NEW, stop_ids=stops)
        got = speculate(
            model, draft, PROMPT, max_new=NEW, n_draft=n_draft, stop_ids=stops
        )
        assert got.tokens == expected


def test_the_longest_answer_that_fits_is_written():
    model, draft = (random_model(CONFIGS["learned"], seed) for seed in (0, 1))
    prompt = random_prompt(LIMIT - 3)
    (expected,) = complete(model, [prompt], max_new=4)
    assert speculate(model, draft, prompt, max_new=4, n_draft=7).tokens == expected


def tiny_pair():
    """A model and a draft that often disagree, neither sure of anything."""
    model = random_model(llama(**TINY, n_kv_heads=1), seed=3)
    draft = random_model(llama(**TINY, n_kv_heads=1), seed=13)
    return model, draft


def exact_shares(model, settings, length):
    """The probability of each sequence that can follow [1], one forward each."""
    shares = {}
    for new in itertools.product(range(4), repeat=length):
        text, share = [1], 1.0
        for token in new:
            logits = model(torch.tensor([text]))[0, -1]
            seen = torch.zeros(4, dtype=torch.bool)
            seen[text] = True
            share *= float(settings.shaped(logits, seen).softmax(-1)[token])
            text.append(token)
        shares[new] = share
    return shares


def chi_square(counts, shares):
    """Pearson's sum in standard deviations above its mean; what cannot be, must not."""
    n = sum(counts.values())
    possible = {new: share for new, share in shares.items() if share > 0}
    assert counts.keys() <= possible.keys()
    total = sum((counts.get(x, 0) - n * p) ** 2 / (n * p) for x, p in possible.items())
    freedom = len(possible) - 1
    return (total - freedom) / (2 * freedom) ** 0.5


def surprise(settings, max_new, n=800):
    model, draft = tiny_pair()
    generator, counts = torch.Generator().manual_seed(11), {}
    for _ in range(n):
        got = speculate(
            model, draft, [1], settings,
            max_new=max_new, n_draft=2, generator=generator,
        )  # fmt: skip
        new = tuple(got.tokens)
        counts[new] = counts.get(new, 0) + 1
    with torch.no_grad():
        return chi_square(counts, exact_shares(model, settings, max_new))


CHOICES = {
    "plain": Sampling(),
    "shaped": Sampling(temperature=1.7, top_k=3, repetition_penalty=1.5),
}


@pytest.mark.parametrize("settings", CHOICES.values(), ids=CHOICES)
def test_the_distribution_is_the_models_own(as_users_run_it, settings):
    assert abs(surprise(settings, max_new=3)) < 3


def keep_everything(p, q, proposals, generator):
    return len(proposals), module._drawn(p[-1], generator)


def redraw_from_p(p, q, proposals, generator):
    luck = torch.rand(len(proposals), generator=generator)
    for i, x in enumerate(proposals):
        if luck[i] >= p[i, x] / q[i][x]:
            return i, module._drawn(p[i], generator)
    return len(proposals), module._drawn(p[-1], generator)


def keep_the_models_share(p, q, proposals, generator):
    luck = torch.rand(len(proposals), generator=generator)
    for i, x in enumerate(proposals):
        if luck[i] >= p[i, x]:
            return i, module._drawn((p[i] - q[i]).clamp(min=0), generator)
    return len(proposals), module._drawn(p[-1], generator)


@pytest.mark.parametrize(
    "wrong", [keep_everything, redraw_from_p, keep_the_models_share]
)
def test_a_wrong_rule_of_acceptance_shows(as_users_run_it, monkeypatch, wrong):
    monkeypatch.setattr(module, "verify", wrong)
    assert surprise(Sampling(), max_new=2) > 8


def test_one_proposal_by_hand(as_users_run_it):
    # q proposes 0 too often: kept with 0.3 / 0.6; else 1 or 2, by what each lacks.
    p, q = (
        torch.tensor([[0.3, 0.4, 0.3], [0.0, 0.0, 1.0]]),
        [torch.tensor([0.6, 0.3, 0.1])],
    )
    generator, n = torch.Generator().manual_seed(3), 4_001
    results = [module.verify(p, q, [0], generator) for _ in range(n)]
    kept = [r for r in results if r[0] == 1]
    assert set(kept) == {(1, 2)}  # the token after it comes from p's last row
    assert len(kept) / n == pytest.approx(0.5, abs=0.03)
    redrawn = [token for n_kept, token in results if n_kept == 0]
    assert set(redrawn) == {1, 2}
    assert redrawn.count(2) / len(redrawn) == pytest.approx(2 / 3, abs=0.04)
    # What q proposes too rarely is always kept.
    assert {module.verify(p, q, [2], generator)[0] for _ in range(99)} == {1}


def test_nothing_missing_is_no_error():
    p = torch.tensor([[0.4999999, 0.5], [0.5, 0.5]])
    q = [torch.tensor([0.5, 0.5])]
    generator = torch.Generator()
    for seed in range(40):  # whatever luck brings, a token comes
        generator.manual_seed(seed)
        n_kept, token = module.verify(p * torch.tensor([0.0, 1.0]), q, [0], generator)
        assert (n_kept, token) == (0, 1)


def test_what_comes_behind_a_refusal_is_not_judged(monkeypatch):
    verdicts = iter([2, 0, 4, 1])
    monkeypatch.setattr(module, "verify", lambda *_: (next(verdicts), 7))
    model = random_model(CONFIGS["rotary"])
    got = speculate(model, model, PROMPT, max_new=11, n_draft=4)
    # Rounds of 2 + 1, 0 + 1, 4 + 1 and, with one proposal for two places, 1 + 1.
    assert (got.n_accepted, got.n_rounds, len(got.tokens)) == (7, 4, 11)
    assert (got.n_proposed, got.n_judged) == (4 + 4 + 4 + 1, 3 + 1 + 4 + 1)


def test_models_that_do_not_fit_are_refused_with_their_numbers():
    model = random_model(CONFIGS["rotary"])
    other = random_model(llama(**TINY, n_kv_heads=1))
    with pytest.raises(ValueError, match=r"draft has vocab_size=4, .* vocab_size=31"):
        speculate(model, other, PROMPT, max_new=3)
    with pytest.raises(ValueError, match="n_draft=0 must be at least 1"):
        speculate(model, model, PROMPT, max_new=3, n_draft=0)
    short = random_model(gpt2(**{**SIZES, "max_seq_len": 7}))
    with pytest.raises(ValueError, match="more than max_seq_len=7 positions"):
        speculate(model, short, PROMPT, max_new=NEW)
