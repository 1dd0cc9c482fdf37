"""Heads switched off, and where they look, against loops and sums."""

import math

import pytest
import torch

from heedful.nets import LanguageModel, LanguageModelConfig, MultiHeadAttention
from heedful.studies.heads import looking_back, switched_off
from heedful.studies.small_model_heads import LIST_LEN, N_LISTS, heads

B, T, H, DH = 2, 7, 3, 5


def layer(bias=False):
    built = MultiHeadAttention(H * DH, H, bias=bias).requires_grad_(False)
    for weight in built.parameters():
        weight.copy_(torch.randn_like(weight))
    return built


def one_head(attn, x, head):
    """What `head` adds to the output, in the order of the formula."""
    part = slice(head * DH, (head + 1) * DH)
    q, k, v = (
        x @ proj.weight[part].T for proj in (attn.q_proj, attn.k_proj, attn.v_proj)
    )
    mixed = (q @ k.mT / math.sqrt(DH)).softmax(-1) @ v
    return mixed @ attn.o_proj.weight[:, part].T


@pytest.mark.parametrize("off", [[], [0], [2], [1, 2], [0, 1, 2]], ids=str)
def test_the_other_heads_are_what_is_left(off):
    attn, x = layer(), torch.randn(B, T, H * DH)
    expected = sum(
        (one_head(attn, x, head) for head in range(H) if head not in off),
        torch.zeros_like(x),
    )
    with switched_off(attn, off):
        torch.testing.assert_close(attn(x), expected, atol=1e-4, rtol=1e-4)


def test_the_bias_belongs_to_no_head():
    attn, x = layer(bias=True), torch.randn(B, T, H * DH)
    with switched_off(attn, range(H)):
        torch.testing.assert_close(attn(x), attn.o_proj.bias.expand_as(x))


def test_heads_come_back_even_after_an_error():
    attn = layer()
    before = attn.o_proj.weight.clone()
    with switched_off(attn, [0]), switched_off(attn, [1]):
        assert not attn.o_proj.weight[:, : 2 * DH].any()
        assert attn.o_proj.weight[:, 2 * DH :].equal(before[:, 2 * DH :])
    with pytest.raises(KeyError), switched_off(attn, [0]):
        raise KeyError
    assert attn.o_proj.weight.equal(before)


def test_a_head_there_is_not_is_refused():
    with pytest.raises(IndexError), switched_off(layer(), [H]):
        pass


@pytest.mark.parametrize(("distance", "start"), [(0, None), (1, None), (2, 4), (6, 6)])
def test_looking_back_is_a_mean_over_queries(distance, start):
    weights = torch.rand(B, H, T, T)
    queries = range(distance if start is None else start, T)
    for head, got in enumerate(looking_back(weights, distance, start).tolist()):
        seen = [float(weights[b, head, t, t - distance]) for b in range(B)
                for t in queries]  # fmt: skip
        assert got == pytest.approx(sum(seen) / len(seen))


@pytest.mark.parametrize(("distance", "start"), [(7, None), (3, 2), (-1, 0), (0, 7)])
def test_queries_that_look_back_too_far_are_refused(distance, start):
    with pytest.raises(ValueError, match="no query of 7 looks that far back"):
        looking_back(torch.rand(B, H, T, T), distance, start)


class Letters:
    """As much of a tokenizer as is needed: two signs, then a piece per code point."""

    sign_ids = (0, 1)

    def __len__(self):
        return 61

    def encode(self, text):
        return [2 + ord(letter) % 59 for letter in text[:50]]


@pytest.fixture(scope="module")
def measured(unchecked):
    sizes = dict(vocab_size=61, d_model=24, n_layers=3, n_heads=4, n_kv_heads=2)
    config = LanguageModelConfig(**sizes, d_ff=20)
    model = LanguageModel(config, torch.Generator().manual_seed(0)).eval()
    for weight in model.parameters():
        weight.detach().mul_(10)  # else all heads look everywhere alike
    before = [weight.clone() for weight in model.parameters()]
    with unchecked():
        result = heads(model, Letters())
    assert all(map(torch.equal, model.parameters(), before))
    return result


def test_habits_are_shares(measured):
    for name in ("first", "previous", "again"):
        table = torch.tensor(measured[name])
        assert table.shape == (3, 4)
        assert (table >= 0).all() and (table <= 1).all() and table.std() > 0


def test_what_is_switched_off_is_what_was_found(measured):
    rows = {row["name"]: row for row in measured["without"]}
    again, previous = (
        torch.tensor(measured["again"]),
        torch.tensor(measured["previous"]),
    )
    five = sorted(again.flatten().tolist())[-5:]
    assert sorted(float(again[h]) for h in rows["induction"]["heads"]) == five
    (before,) = rows["previous"]["heads"]
    assert float(previous[before]) == float(previous.max())
    assert rows["none"]["again"] == pytest.approx(sum(five) / 5, abs=2e-3)
    others = rows["others"]["heads"]
    assert len(set(others)) == 5
    assert not set(others) & {before, *rows["induction"]["heads"]}


def test_a_model_that_repeats_is_right_about_the_second_showing(unchecked):
    # Instead of a network: what followed the last token when it came before.
    class Repeats(torch.nn.Module):
        blocks = tuple(type("", (), dict(attn=layer()))() for _ in range(3))

        def forward(self, tokens, maps=None):
            n_rows, length = tokens.shape
            if maps is not None:
                looks = torch.zeros(n_rows, H, length, length)
                for t in range(LIST_LEN, length):
                    looks[:, 1, t, t - LIST_LEN + 1] = 0.5
                maps += 3 * [looks]
            logits = torch.zeros(n_rows, length, 61)
            ahead = tokens.roll(LIST_LEN - 1 if length == 2 * LIST_LEN else -1, 1)
            return logits.scatter(2, ahead[:, :, None], 5.0)

    with unchecked():
        result = heads(Repeats(), Letters())
    assert result["again"] == 3 * [[0, 0.5, 0]]
    none = result["without"][0]
    assert none["right"] == 1
    # On the text it knows each next token but for the 60 others' share.
    assert none["text_loss"] == pytest.approx(math.log(math.exp(5) + 60) - 5, abs=1e-3)
    assert N_LISTS * LIST_LEN < 500  # SmolLM2 reads it in a few seconds
