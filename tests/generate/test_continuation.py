import pytest
import torch
from interop.reference import hf_gpt2, hf_llama, hf_mistral

from heedful.generate import Sampling, complete, complete_uncached, stream
from heedful.interop import from_hugging_face

from .language_models import CONFIGS, LIMIT, V, random_model, random_prompt

every_kind = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
PROMPTS = [random_prompt(length, seed=length) for length in (7, 1, 13, 13, 2)]
NEW = 17


@every_kind
def test_every_row_is_what_it_would_be_alone(config):
    model = random_model(config)
    together = complete(model, PROMPTS, max_new=NEW)
    for prompt, answer in zip(PROMPTS, together):
        assert answer == list(stream(model, prompt, max_new=NEW))
        assert len(answer) == NEW
    assert together == complete_uncached(model, PROMPTS, max_new=NEW)
    assert len({token for answer in together for token in answer}) > 9


@every_kind
def test_logits_behind_padding_are_those_without(config):
    model = random_model(config)
    lengths = [len(prompt) for prompt in PROMPTS]
    n_pad = torch.tensor([max(lengths) - length for length in lengths])
    # What stands in the padding must not matter either.
    tokens = torch.randint(V, (len(PROMPTS), max(lengths)))
    for row, prompt in zip(tokens, PROMPTS):
        row[-len(prompt) :] = torch.tensor(prompt)
    cache = model.new_cache(len(PROMPTS), 13)
    parts = [model(part, cache, n_pad=n_pad) for part in tokens.split([5, 1, 7], 1)]
    together, cached = model(tokens, n_pad=n_pad), torch.cat(parts, dim=1)
    assert not together.isnan().any()
    for i, prompt in enumerate(PROMPTS):
        alone = model(torch.tensor([prompt]))[0]
        for got in (together, cached):
            torch.testing.assert_close(got[i, n_pad[i] :], alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "build", [hf_llama, hf_gpt2, lambda: hf_mistral(sliding_window=5)]
)
def test_greedy_is_token_for_token_that_of_transformers(build):
    theirs = build()
    ours = from_hugging_face(theirs.config.to_dict(), theirs.state_dict())
    expected = [
        theirs.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=NEW,
            do_sample=False,
            pad_token_id=0,
        )[0, len(prompt) :].tolist()
        for prompt in PROMPTS
    ]
    assert complete(ours, PROMPTS, max_new=NEW) == expected
    assert len({token for answer in expected for token in answer}) > 9


def test_a_penalty_is_for_prompt_and_answer_but_not_for_padding():
    theirs = hf_llama()
    ours = from_hugging_face(theirs.config.to_dict(), theirs.state_dict())
    settings = Sampling(temperature=0, repetition_penalty=3.0)
    expected = [
        theirs.generate(
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=NEW,
            do_sample=False,
            repetition_penalty=3.0,
            pad_token_id=0,
        )[0, len(prompt) :].tolist()
        for prompt in PROMPTS
    ]
    assert complete(ours, PROMPTS, settings, max_new=NEW) == expected
    assert complete_uncached(ours, PROMPTS, settings, max_new=NEW) == expected
    assert complete(ours, PROMPTS, max_new=NEW) != expected


@every_kind
def test_drawn_tokens_are_those_of_the_slow_twin(config):
    model, prompt = random_model(config), PROMPTS[0]
    settings = Sampling(temperature=1.3, top_k=13, top_p=0.9, repetition_penalty=1.5)

    def drawn(how):
        generator = torch.Generator().manual_seed(5)
        return how(model, [prompt], settings, max_new=NEW, generator=generator)

    assert drawn(complete) == drawn(complete_uncached)
    assert drawn(complete) != complete(model, [prompt], max_new=NEW)


def test_every_row_stops_at_its_own_stop():
    model = random_model(CONFIGS["rotary"])
    free = complete(model, PROMPTS, max_new=NEW)
    stops = {free[0][4], free[1][9]}
    stopped = complete(model, PROMPTS, max_new=NEW, stop_ids=stops)
    for prompt, answer, whole in zip(PROMPTS, stopped, free):
        ends = [i for i, token in enumerate(whole) if token in stops]
        assert answer == (whole[: ends[0] + 1] if ends else whole)
        assert answer == list(stream(model, prompt, max_new=NEW, stop_ids=stops))
    assert stopped == complete_uncached(model, PROMPTS, max_new=NEW, stop_ids=stops)
    assert len({len(answer) for answer in stopped}) > 1


def test_a_stop_in_the_prompt_stops_nothing():
    model, prompt = random_model(CONFIGS["rotary"]), PROMPTS[0]
    free = list(stream(model, prompt, max_new=3))
    stops = {prompt[-1]} - set(free)
    assert stops
    assert list(stream(model, prompt, max_new=3, stop_ids=stops)) == free


def counted_calls(model):
    calls = []
    model.register_forward_hook(lambda _, given, __: calls.append(given[0].shape))
    return calls


def test_a_token_is_given_as_soon_as_it_is_written():
    model = random_model(CONFIGS["learned"])
    calls = counted_calls(model)
    tokens = stream(model, PROMPTS[0], max_new=NEW)
    assert calls == []
    first = next(tokens)
    assert calls == [(1, 7)]  # the prompt in one go,
    second = next(tokens)
    assert calls == [(1, 7), (1, 1)]  # then token by token
    assert [first, second] == complete(model, [PROMPTS[0]], max_new=2)[0]


def test_only_the_last_token_of_a_prompt_gets_logits():
    model, shapes = random_model(CONFIGS["learned"]), []
    model.register_forward_hook(lambda *call: shapes.append(call[-1].shape))
    complete(model, PROMPTS, max_new=2)
    assert shapes == [(5, 1, V), (5, 1, V)]


def test_nothing_is_computed_once_all_rows_have_stopped():
    model = random_model(CONFIGS["learned"])
    answer = complete(model, [PROMPTS[0]], max_new=NEW)[0]
    calls = counted_calls(model)
    list(stream(model, PROMPTS[0], max_new=NEW, stop_ids=[answer[2]]))
    n_needed = answer.index(answer[2]) + 1
    assert len(calls) == n_needed
    complete(model, [PROMPTS[0]] * 2, max_new=NEW, stop_ids=[answer[2]])
    assert len(calls) == 2 * n_needed


@every_kind
def test_the_longest_answer_that_fits_is_written_and_no_longer_one(config):
    model, prompt = random_model(config), random_prompt(LIMIT - 3)
    assert len(list(stream(model, prompt, max_new=4))) == 4
    message = (
        "a prompt of 38 tokens and max_new=5 need more than max_seq_len=41 positions: "
        "at most 4 new ones fit"
    )
    for how in (complete, complete_uncached):
        with pytest.raises(ValueError, match=message):
            how(model, [prompt], max_new=5)


@pytest.mark.parametrize(
    ("prompt", "max_new", "message"),
    [
        ([], 3, "a prompt is empty: give it one token at least"),
        ([4], 0, "max_new=0 must be at least 1"),
        ([4, 31], 3, "token 31 is outside the vocabulary: vocab_size=31"),
        ([4, -1], 3, "token -1 is outside the vocabulary: vocab_size=31"),
    ],
)
def test_what_cannot_be_continued_is_refused_before_the_first_token(
    prompt, max_new, message
):
    model = random_model(CONFIGS["rotary"])
    with pytest.raises(ValueError, match=message):
        stream(model, prompt, max_new=max_new)  # not even asked for a token
    for how in (complete, complete_uncached):
        with pytest.raises(ValueError, match=message):
            how(model, [[3], prompt], max_new=max_new)


def test_no_prompts_are_refused():
    with pytest.raises(ValueError, match="a prompt is empty"):
        complete(random_model(CONFIGS["rotary"]), [], max_new=3)


def test_no_graph_is_kept_and_the_reader_is_not_in_inference_mode():
    model, modes = random_model(CONFIGS["rotary"]), []
    model.register_forward_hook(
        lambda *_: modes.append(torch.is_inference_mode_enabled())
    )
    for _ in stream(model, PROMPTS[0], max_new=3):
        modes.append(torch.is_inference_mode_enabled())
    assert modes == [True, False] * 3
