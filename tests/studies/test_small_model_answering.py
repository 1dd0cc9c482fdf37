"""The measurements of a real model's answering, on a made-up one that is small."""

import hashlib
import json
import math

import pytest
import torch
from interop.made_up_tokenizer import SETTINGS, TOKENS

from heedful.interop import ChatTokenizer
from heedful.nets import LanguageModel, LanguageModelConfig
from heedful.studies import small_model_answering as study

N_LAYERS, D_HEAD, N_KV_HEADS = 3, 6, 2


@pytest.fixture
def tokenizer():
    return ChatTokenizer(SETTINGS)


@pytest.fixture
def model():
    config = LanguageModelConfig(
        vocab_size=len(TOKENS), d_model=24, n_layers=N_LAYERS, n_heads=4, d_ff=31,
        n_kv_heads=N_KV_HEADS, max_seq_len=2048,
    )  # fmt: skip
    model = LanguageModel(config, torch.Generator().manual_seed(7)).eval()
    with torch.no_grad():
        model.tok_emb.weight.mul_(40)  # else all tokens are equally likely
    return model


def test_the_best_tokens_and_the_share_of_the_rest(model, tokenizer):
    found = study.next_token(model, tokenizer)
    with torch.no_grad():
        logits = model(torch.tensor([tokenizer.encode(study.PROMPT)]))[0, -1].tolist()
    order = sorted(range(len(logits)), key=lambda i: -logits[i])
    best, others = order[: study.N_BEST], order[study.N_BEST :]
    assert found["n_vocab"] == len(logits) and len(others) > 100
    assert found["tokens"] == [tokenizer.decode([i]) for i in best]
    assert found["logits"] == pytest.approx([logits[i] for i in best], abs=1e-4)
    for t, share in found["rest"].items():
        powers = [math.exp(x / t) for x in logits]
        expected = sum(powers[i] for i in others) / sum(powers)
        assert share == pytest.approx(expected, abs=2e-4)
    assert 0.001 < found["rest"][0.5] < found["rest"][2.0]


def test_every_pass_of_a_conversation_is_counted(model, tokenizer):
    found = study.conversations(model, tokenizer)
    rows = found["rows"]
    asked = [(i, question) for i, talk in enumerate(study.TALKS) for question in talk]
    assert [(row["talk"], row["question"]) for row in rows] == asked
    per_token = 2 * N_LAYERS * N_KV_HEADS * D_HEAD * 4
    messages = []
    for row in rows:
        if row is rows[2]:  # another conversation, which knows nothing of the first
            messages = []
        messages.append(dict(role="user", content=row["question"]))
        n_prompt = len(tokenizer.prompt(messages))
        messages.append(dict(role="assistant", content="".join(row["pieces"])))
        n_passes = len(row["read"])
        assert row["read"] == [n_prompt] + [1] * (n_passes - 1) and n_passes <= 24
        expected = [(n_prompt + i) * per_token for i in range(n_passes)]
        assert row["cache_bytes"] == expected
    assert found["weights_bytes"] == 4 * sum(p.numel() for p in model.parameters())
    assert found["hashes"]["before"] == found["hashes"]["after"]
    assert not model._forward_hooks  # and nothing goes on counting
    assert json.loads(json.dumps(found)) == found


def test_the_hash_is_of_every_bit(model):
    before = study.weights_hash(model)
    state = model.state_dict()
    whole = b"".join(state[name].numpy().tobytes() for name in sorted(state))
    assert before == hashlib.sha256(whole).hexdigest()
    weight = model.blocks[1].ffn.up_proj.weight
    with torch.no_grad():
        old = weight[3, 2].item()
        weight[3, 2] = math.nextafter(old, 10) + 1e-8
    assert study.weights_hash(model) != before
    with torch.no_grad():
        weight[3, 2] = old
    assert study.weights_hash(model) == before


def test_reading_is_timed_at_once_and_one_by_one(model, tokenizer):
    passes = []
    model.register_forward_hook(lambda _, given, __: passes.append(given[0].shape))
    found = study.reading_times(model, tokenizer, n_tokens=11)
    assert passes == [(1, 11)] + [(1, 1)] * 11
    assert found["n_tokens"] == 11
    assert found["at_once"] >= 0 and found["one_by_one"] >= 0
