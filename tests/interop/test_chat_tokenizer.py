"""Of a made-up file; tests/real_models has the tests of a published one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError
from transformers import AutoTokenizer

from heedful.interop import ChatTokenizer, read_gguf

from . import slow_bpe
from .gguf_file import small, write
from .made_up_tokenizer import MERGES, SETTINGS, TOKENS

TALK = [
    dict(role="user", content="ab 12"),
    dict(role="assistant", content=" a\n"),
    dict(role="user", content="日本"),
]


def tokenizer(**changes):
    return ChatTokenizer(SETTINGS | changes)


@given(st.text(alphabet="abc 12٣½Ⅷ\n\t'sé日本😀\u3000.,", max_size=31))
def test_ids_are_those_of_the_slow_twin(text):
    ours = tokenizer()
    ids = ours.encode(text)
    assert ids == slow_bpe.encode(text, TOKENS, MERGES)
    assert ours.decode(ids) == text
    assert "".join(ours.decode_stream(ids)) == text


def test_no_piece_spans_a_digit():
    ours = tokenizer()
    pieces = [ours.tokens[i] for i in ours.encode("abc1  23 abc")]
    assert pieces == ["abc", "1", "ĠĠ", "2", "3", "Ġ", "abc"]
    # Without the rule about digits, the second space would belong to "23".
    assert "ĠĠ" in TOKENS


def test_a_character_comes_when_its_last_byte_is_there():
    ours = tokenizer()
    ids = ours.encode("日a")
    assert [ours.tokens[i] for i in ids] == ["æĹ", "¥", "a"]  # two bytes, one, and a
    assert list(ours.decode_stream(ids)) == ["日", "a"]
    assert list(ours.decode_stream(ids[:1])) == []
    assert ours.decode(ids[:1]) == "\ufffd"


def test_signs_are_single_tokens_and_not_in_the_text():
    ours = tokenizer()
    ids = ours.encode("<|start|>ab<|end|>")
    assert ids == [1, TOKENS.index("ab"), 0]
    assert ours.decode(ids) == "ab"
    assert "".join(ours.decode_stream(ids)) == "ab"
    assert (ours.bos_id, ours.eos_id, ours.sign_ids) == (1, 0, [0, 1])
    assert len(ours) == len(TOKENS)


def test_the_conversation_is_rendered_as_transformers_does(tmp_path):
    path = write(tmp_path / "small.gguf", small())
    settings, _ = read_gguf(path)
    theirs = AutoTokenizer.from_pretrained(tmp_path, gguf_file=path.name)
    expected = theirs.apply_chat_template(
        TALK, tokenize=False, add_generation_prompt=True
    )
    ours = ChatTokenizer(settings)
    assert ours.render(TALK) == expected
    assert expected.endswith("<|start|>user\n日本<|end|>\n<|start|>a\n")
    assert ours.prompt(TALK) == ours.encode(expected)


def test_a_template_cannot_reach_out_of_its_sandbox():
    ours = tokenizer(**{"tokenizer.chat_template": "{{ messages.__class__.__mro__ }}"})
    with pytest.raises(SecurityError):
        ours.render(TALK)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokenizer.ggml.model": "llama"}, "model='llama' is not covered, only"),
        ({"tokenizer.ggml.pre": "qwen2"}, "pre='qwen2' is not covered, only"),
        ({"tokenizer.ggml.merges": None}, "the config has no 'tokenizer.ggml.merges'"),
        ({"tokenizer.chat_template": None}, "has no 'tokenizer.chat_template'"),
    ],
    ids=str,
)
def test_other_tokenizers_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        tokenizer(**changes)
