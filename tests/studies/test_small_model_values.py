"""What heads bring home from the first token, against sums over single pairs."""

import pytest
import torch

from heedful.nets import LanguageModel, LanguageModelConfig, MultiHeadAttention
from heedful.studies import lengths_brought
from heedful.studies.small_model_heads import TEXT
from heedful.studies.small_model_values import values

LAYERS, H, K, DH, LENGTH = 2, 6, 2, 4, 13


class Letters:
    """As much of a tokenizer as is needed: a piece for each code point."""

    def encode(self, text):
        return [ord(letter) % 61 for letter in text[:LENGTH]]


@pytest.fixture(scope="module")
def model():
    sizes = dict(vocab_size=61, d_model=H * DH, n_layers=LAYERS, n_heads=H, d_ff=24)
    config = LanguageModelConfig(**sizes, n_kv_heads=K, tie_embeddings=True)
    model = LanguageModel(config, torch.Generator().manual_seed(11)).eval()
    for weight in model.parameters():
        weight.requires_grad_(False).mul_(6)  # two heads now rest
    return model


@pytest.fixture(scope="module")
def measured(model, unchecked):
    before = [weight.clone() for weight in model.parameters()]
    with unchecked():
        result = values(model, Letters())
    assert all(map(torch.equal, model.parameters(), before))
    return result


def by_pairs(attn, x, rope, taken_away):
    """A layer's weights, its lengths and its output, one pair of tokens at a time.

    `taken_away(head, query, key)` says which pairs bring nothing home.
    """
    looked = []
    attn(x, mask=torch.ones(LENGTH, LENGTH).tril().bool(), record=looked, rope=rope)
    (weights,) = looked
    v, out = attn.v_proj(x)[0], torch.zeros(LENGTH, H * DH)
    lengths = torch.zeros(H, LENGTH)
    for head in range(H):
        group = head // (H // K)
        columns = attn.o_proj.weight[:, head * DH : (head + 1) * DH]
        for key in range(LENGTH):
            brought = columns @ v[key, group * DH : (group + 1) * DH]
            lengths[head, key] = brought.norm()
            for query in range(LENGTH):
                if not taken_away(head, query, key):
                    out[query] += weights[0, head, query, key] * brought
    return weights[0], lengths, out


def slow_loss(model, taken_away=lambda *_: False):
    """The loss on the letters, and each layer's weights and lengths."""
    tokens = torch.tensor([Letters().encode(TEXT)])
    x, rope, seen = model.tok_emb(tokens), model.rotary(torch.arange(LENGTH)), []
    for i, block in enumerate(model.blocks):
        *looked, out = by_pairs(
            block.attn, block.attn_norm(x), rope, lambda *p, i=i: taken_away(i, *p)
        )
        seen.append(looked)
        x = x + out
        x = x + block.ffn(block.ffn_norm(x))
    logits = model.final_norm(x)[0, :-1] @ model.tok_emb.weight.T
    return torch.nn.functional.cross_entropy(logits, tokens[0, 1:]).item(), seen


@pytest.mark.parametrize(("n_heads", "n_kv_heads"), [(3, 3), (6, 2), (6, 1)])
def test_lengths_are_those_of_what_one_key_would_add(n_heads, n_kv_heads):
    attn = MultiHeadAttention(n_heads * DH, n_heads, n_kv_heads=n_kv_heads)
    v = attn.v_proj(torch.randn(2, 7, n_heads * DH))
    got = lengths_brought(attn, v)
    assert got.shape == (2, n_heads, 7)
    for head in range(n_heads):
        group = head // (n_heads // n_kv_heads)
        columns = attn.o_proj.weight[:, head * DH : (head + 1) * DH]
        for key in range(7):
            alone = columns @ v[1, key, group * DH : (group + 1) * DH]
            torch.testing.assert_close(got[1, head, key], alone.norm())


def test_what_is_measured_is_what_the_pairs_say(model, measured):
    _, seen = slow_loss(model)
    for layer, (weights, lengths) in enumerate(seen):
        for head in range(H):
            w, n = weights[head, 1:], lengths[head]
            share = [(row[0] * n[0] / (row * n).sum()).item() for row in w]
            expected = {
                "weight": w[:, 0].mean().item(),
                "length": (n[0] / n[1:].mean()).item(),
                "contribution": sum(share) / len(share),
            }
            for name, value in expected.items():
                assert measured[name][layer][head] == pytest.approx(value, abs=2e-3)


def test_only_resting_heads_go_without(model, measured):
    resting = [[weight > 0.5 for weight in row] for row in measured["weight"]]
    assert sum(map(sum, resting)) == 2
    cases = {
        "nothing": lambda *_: False,
        "first": lambda i, h, q, k: resting[i][h] and q > 0 and k == 0,
        "others": lambda i, h, q, k: resting[i][h] and k > 0,
    }
    got = measured["without"]
    assert len(set(got.values())) == 3
    for name, taken_away in cases.items():
        loss, _ = slow_loss(model, taken_away)
        assert got[name] == pytest.approx(loss, rel=2e-3), name
