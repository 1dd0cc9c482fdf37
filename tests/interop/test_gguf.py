import struct

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import quants
from transformers import LlamaForCausalLM
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

from heedful.interop import from_gguf, from_hugging_face, read_gguf
from heedful.interop.gguf import q4_1, q8_0

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


@pytest.mark.parametrize("kind", [Kind.Q4_1, Kind.Q8_0, Kind.F32], ids=str)
def test_every_weight_and_setting_is_what_gguf_reads(kind, tmp_path):
    path = write(tmp_path / "small.gguf", small(), matrices=kind)
    settings, weights = read_gguf(path)
    theirs = gguf.GGUFReader(path)
    assert weights.keys() == {tensor.name for tensor in theirs.tensors}
    for tensor in theirs.tensors:
        expected = gguf.dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(weights[tensor.name].numpy(), expected)
        assert weights[tensor.name].dtype == torch.float32
    for name, value in settings.items():
        assert value == theirs.fields[name].contents()
    assert theirs.fields.keys() - settings.keys() == {
        "GGUF.version", "GGUF.tensor_count", "GGUF.kv_count"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "kind", "n_bytes"),
    [(q8_0, Kind.Q8_0, 34), (q4_1, Kind.Q4_1, 20)],
    ids=["q8_0", "q4_1"],
)
def test_blocks_of_any_bytes_agree(ours, kind, n_bytes):
    blocks = torch.randint(256, (997, n_bytes), dtype=torch.uint8)
    blocks[:, 1] &= 0b1011_1111  # no infinite scale
    if kind == Kind.Q4_1:
        blocks[:, 3] &= 0b1011_1111
    expected = quants.dequantize(blocks.numpy(), kind)
    np.testing.assert_array_equal(ours(blocks).numpy(), expected)


def test_a_block_of_8_bits_by_hand():
    # d = 0.5; 1, -1, 127, and 29 times 0
    block = struct.pack("<e32b", 0.5, 1, -1, 127, *[0] * 29)
    got = q8_0(torch.frombuffer(bytearray(block), dtype=torch.uint8)[None])
    assert got[0, :4].tolist() == [0.5, -0.5, 63.5, 0]


def test_a_block_of_4_bits_by_hand():
    # d = 0.25, m = -1; byte 0 holds weight 0 (low half, 3) and weight 16 (high, 15)
    block = struct.pack("<ee16B", 0.25, -1, 0xF3, *[0] * 15)
    got = q4_1(torch.frombuffer(bytearray(block), dtype=torch.uint8)[None])
    assert got[0, 0] == 0.25 * 3 - 1
    assert got[0, 16] == 0.25 * 15 - 1
    assert got[0, 1] == got[0, 17] == -1


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


def test_kinds_of_weight_that_we_do_not_read_are_named(tmp_path):
    path = write(tmp_path / "small.gguf", small(), matrices=Kind.Q4_0)
    with pytest.raises(ValueError, match=r"attn_q.weight is of kind 2; only f32, q4_1"):
        read_gguf(path)


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
        (0, b"X", "it is no GGUF file"),
        (4, b"\x02", "GGUF version 2 is not covered, only version 3"),
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
