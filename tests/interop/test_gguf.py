import struct

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from transformers import LlamaForCausalLM
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

from heedful.interop import from_gguf, from_hugging_face, read_gguf

from .gguf_file import small, write
from .made_up_tokenizer import TOKENS

V, T = len(TOKENS), 29
MODELS = {
    "full": dict(num_key_value_heads=3),
    "multi-query": dict(num_key_value_heads=1),
    "untied": dict(num_key_value_heads=1, tie_word_embeddings=False),
}


def their_reading(path, like):
    """transformers' own reading of the file: other code for every step."""
    theirs = LlamaForCausalLM(like.config).eval()
    read = load_gguf_checkpoint(path, return_tensors=True, model_to_load=theirs)
    left = theirs.load_state_dict(read["tensors"], strict=False)
    assert not left.unexpected_keys and set(left.missing_keys) <= {"lm_head.weight"}
    theirs.tie_weights()
    return theirs


@pytest.mark.parametrize("changes", MODELS.values(), ids=MODELS)
def test_logits_agree(changes, tmp_path):
    like = small(**changes)
    path = write(tmp_path / "small.gguf", like)
    ours, tokens = from_gguf(*read_gguf(path)), torch.randint(V, (3, T))
    theirs = their_reading(path, like)
    assert ours.config.tie_embeddings == like.config.tie_word_embeddings
    with torch.no_grad():
        expected = theirs(tokens).logits
        torch.testing.assert_close(ours(tokens), expected, atol=1e-4, rtol=1e-4)
    assert expected.std() > 0.5


# One block each of 32 weights: what they are is worked out by hand.
BLOCKS = {
    # d = 0.5; 1, -1, 127, and 29 times 0: x = d q
    Kind.Q8_0: (
        struct.pack("<e32b", 0.5, 1, -1, 127, *[0] * 29),
        [0.5, -0.5, 63.5] + [0.0] * 29,
    ),
    # d = 0.25, m = -1; byte 0 holds weight 0 (low half, 3) and weight 16 (high, 15):
    # x = d q + m
    Kind.Q4_1: (
        struct.pack("<ee16B", 0.25, -1, 0xF3, *[0] * 15),
        [-0.25] + [-1.0] * 15 + [2.75] + [-1.0] * 15,
    ),
    Kind.F16: (struct.pack("<32e", *range(32)), [float(i) for i in range(32)]),
}


@pytest.mark.parametrize(("kind", "block"), BLOCKS.items(), ids=str)
def test_a_block_by_hand(kind, block, tmp_path):
    raw, expected = block
    file = gguf.GGUFWriter(tmp_path / "block.gguf", "llama")
    data = np.frombuffer(raw, np.float16 if kind == Kind.F16 else np.uint8)
    file.add_tensor("w", data[None], raw_dtype=kind)
    file.add_uint32("answer", 42)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    settings, weights = read_gguf(tmp_path / "block.gguf")
    assert settings == {"general.architecture": "llama", "answer": 42}
    assert weights["w"].dtype == torch.float32
    assert weights["w"].tolist() == [expected]


def test_a_llama_stays_the_same_through_the_file(tmp_path):
    # What is not quantised comes out as it went in, rows in their old order.
    like = small()
    path = write(tmp_path / "small.gguf", like, matrices=Kind.F32)
    got = from_gguf(*read_gguf(path)).state_dict()
    expected = from_hugging_face(like.config.to_dict(), like.state_dict()).state_dict()
    assert got.keys() == expected.keys()
    for name in got.keys() - {"tok_emb.weight"}:
        assert torch.equal(got[name], expected[name]), name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"llama.rope.dimension_count": 16}, "dimension_count=16 is not covered, only"),
        ({"llama.rope.scaling.type": "yarn"}, "rope.scaling.type='yarn' is not cov"),
        ({"llama.block_count": 3}, "9 weights are missing: blk.2.attn_k.weight"),
        ({"llama.block_count": 1}, "9 weights have no place in the model: blk.1"),
        ({"llama.embedding_length": None}, "the config has no 'embedding_length'"),
        ({"tokenizer.ggml.tokens": ["a", "b"]}, r"token_embd.weight has the shape"),
    ],
    ids=str,
)
def test_models_that_we_do_not_compute_are_refused(changes, message, tmp_path):
    path = write(tmp_path / "small.gguf", small(), **changes)
    settings, weights = read_gguf(path)
    with pytest.raises(ValueError, match=message):
        from_gguf(settings, weights)


def test_another_kind_of_model_is_refused(tmp_path):
    settings, weights = read_gguf(write(tmp_path / "small.gguf", small()))
    other = dict(settings) | {"general.architecture": "gemma"}
    with pytest.raises(
        ValueError, match=r"general\.architecture='gemma' is not covered"
    ):
        from_gguf(other, weights)


def test_a_file_cut_off_anywhere_is_an_error_in_one_line(tmp_path):
    path = write(tmp_path / "small.gguf", small(num_hidden_layers=1))
    whole = path.read_bytes()
    for end in [*range(0, 100), *range(100, len(whole) - 32, 1999)]:
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"small\.gguf") as error:
            read_gguf(path)
        assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("at", "byte", "message"),
    [
        (0, b"X", "no GGUF file: GGUF magic invalid"),
        (4, b"\x07", "appears to be version 7 which we cannot handle"),
        (15, b"\x7f", "small.gguf"),  # some 10^19 weights
        (23, b"\x7f", "small.gguf"),  # as many settings
    ],
    ids=str,
)
def test_a_damaged_head_is_named(at, byte, message, tmp_path):
    path = write(tmp_path / "small.gguf", small(num_hidden_layers=1))
    damaged = bytearray(path.read_bytes())
    damaged[at : at + 1] = byte
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match=message):
        read_gguf(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"no\.gguf does not exist"):
        read_gguf(tmp_path / "no.gguf")
