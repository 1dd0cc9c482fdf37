import pytest
import torch
from interop.made_up_tokenizer import SETTINGS, TOKENS

from heedful.generate import Conversation, Sampling, complete
from heedful.interop import ChatTokenizer
from heedful.nets import LanguageModel, LanguageModelConfig


@pytest.fixture
def tokenizer():
    return ChatTokenizer(SETTINGS)


class Speaker(LanguageModel):
    """Says nothing but letters and digits, and so never ends by itself."""

    def forward(self, *args, **kwargs):
        logits = super().forward(*args, **kwargs)
        others = [i for i, token in enumerate(TOKENS) if token not in [*"abc12"]]
        logits[..., others] = -torch.inf
        return logits


@pytest.fixture
def model():
    config = LanguageModelConfig(
        vocab_size=len(TOKENS), d_model=20, n_layers=1, n_heads=2, d_ff=31,
        max_seq_len=211,
    )  # fmt: skip
    return Speaker(config).eval()


def talk(model, tokenizer, **changes):
    return Conversation(model, tokenizer, **dict(max_new=7, max_tokens=101) | changes)


def asked(text):
    return dict(role="user", content=text)


def test_an_answer_continues_the_rendered_conversation(model, tokenizer):
    ours = talk(model, tokenizer)
    for question in ("ab", "12 日"):
        prompt = tokenizer.prompt([*ours.messages, asked(question)])
        (expected,) = complete(model, [prompt], max_new=7)
        answer = "".join(ours.answer(question))
        assert len(answer) == 7 and answer == tokenizer.decode(expected)
        assert ours.messages[-2:] == [
            asked(question), dict(role="assistant", content=answer)
        ]  # fmt: skip
    assert len(ours.messages) == 4 and ours.n_forgotten == 0


@pytest.mark.parametrize("sign", [0, 1])
def test_a_sign_ends_the_answer_and_is_not_said(model, tokenizer, sign):
    model.forward = lambda tokens, *_, **__: torch.nn.functional.one_hot(
        torch.full_like(tokens, sign), len(TOKENS)
    ).float()
    ours = talk(model, tokenizer)
    assert list(ours.answer("ab")) == []
    assert ours.messages[-1] == dict(role="assistant", content="")


def test_the_oldest_turns_are_forgotten_when_it_gets_too_long(model, tokenizer):
    ours, questions = talk(model, tokenizer), [f"a{i}bc" for i in range(5)]
    whole = []
    for question in questions:
        whole.append(asked(question))
        answer = "".join(ours.answer(question))
        whole.append(dict(role="assistant", content=answer))
        assert ours.messages == whole[2 * ours.n_forgotten :]
        prompt = tokenizer.prompt(ours.messages[:-1])
        assert len(prompt) + ours.max_new <= ours.max_tokens
    # not more than needed: with one turn more it would not have fitted
    assert 0 < ours.n_forgotten < 4
    more = tokenizer.prompt(whole[2 * ours.n_forgotten - 2 : -1])
    assert len(more) + ours.max_new > ours.max_tokens


def test_a_question_too_long_by_itself_is_refused_and_nothing_forgotten(
    model, tokenizer
):
    ours = talk(model, tokenizer)
    list(ours.answer("ab"))
    before = list(ours.messages)
    with pytest.raises(ValueError, match=r"tokens with .* max_new=7 there is room for"):
        list(ours.answer("日" * 50))
    assert ours.messages == before and ours.n_forgotten == 0
    list(ours.answer("ab"))
    assert len(ours.messages) == 4


def test_who_stops_reading_keeps_what_was_said(model, tokenizer):
    ours = talk(model, tokenizer)
    pieces = ours.answer("ab")
    first = next(pieces)
    pieces.close()
    assert ours.messages[-1] == dict(role="assistant", content=first)


def test_a_seed_repeats_what_was_said(model, tokenizer):
    def said(seed):
        generator = torch.Generator().manual_seed(seed)
        hot = Sampling(temperature=1.5)
        ours = talk(model, tokenizer, settings=hot, generator=generator)
        return ["".join(ours.answer(text)) for text in ("ab", "1")]

    assert said(5) == said(5) != said(7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(max_tokens=223), "max_tokens=223 is more than the model can read: max_s"),
        (dict(max_new=0), "max_new=0 must be from 1 to 100"),
        (dict(max_new=101), "max_new=101 must be from 1 to 100: question and answer"),
    ],
    ids=str,
)
def test_impossible_settings_are_refused(model, tokenizer, changes, message):
    with pytest.raises(ValueError, match=message):
        talk(model, tokenizer, **changes)
