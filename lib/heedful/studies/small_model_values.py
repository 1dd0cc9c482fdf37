"""What attention brings home in SmolLM2: weights, and weights times lengths."""

from collections.abc import Iterable
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from heedful.interop.chat_tokenizer import ChatTokenizer
from heedful.nets.attention import MultiHeadAttention
from heedful.nets.language_model import LanguageModel
from heedful.nets.shapes import merge_heads, repeat_kv, split_heads
from heedful.studies.heads import lengths_brought
from heedful.studies.small_model_heads import TEXT


@torch.no_grad()
def values(model: LanguageModel, tokenizer: ChatTokenizer) -> dict[str, Any]:
    """What every head takes from the first token of a text, by three measures.

    Layer by layer: "weight" is the mean weight that a head gives to the first token;
    "length" is how long the vector is that it can bring home from there, in units of
    the mean over all other tokens; "contribution" is the mean share of the first token
    in the weights times these lengths. The means are over all queries but the first.

    "without" has the loss on the text: with "nothing" taken away; with nothing brought
    home from the "first" token, by those heads which give it more than half of their
    weight; and with nothing brought home, by the same heads, from all the "others".
    The weights are left as they are.
    Source: [Kobayashi 2020] for weight times length. Derived in chapter 02.
    """
    text = torch.tensor([tokenizer.encode(TEXT.replace("\n", " "))])
    maps: list[Tensor] = []
    kept: list[Tensor] = []
    hooks = [
        attn.v_proj.register_forward_hook(lambda _, __, v: kept.append(v))
        for attn in _layers(model)
    ]
    loss = _loss(model(text, maps=maps), text)
    for hook in hooks:
        hook.remove()

    rows = [
        _first(weights[0, :, 1:], lengths_brought(attn, v)[0])
        for attn, weights, v in zip(_layers(model), maps, kept)
    ]
    weight, length, contribution = (torch.stack(column) for column in zip(*rows))
    resting = weight > 0.5
    return dict(
        weight=_rounded(weight),
        length=_rounded(length),
        contribution=_rounded(contribution),
        without=dict(
            nothing=loss,
            first=_loss_without(model, text, resting, slice(0, 1)),
            others=_loss_without(model, text, resting, slice(1, None)),
        ),
    )


def _first(weights: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(H, T, S) and (H, S) -> weight, length and contribution of key 0, each (H,)."""
    parts = weights * lengths[:, None]
    shares = parts[..., 0] / parts.sum(-1)
    length = lengths[:, 0] / lengths[:, 1:].mean(-1)
    return weights[..., 0].mean(-1), length, shares.mean(-1)


def _loss_without(
    model: LanguageModel,
    text: Tensor,
    heads: Bool[Tensor, "n_layers n_heads"],
    keys: slice,
) -> float:
    """The loss if these heads get nothing from `keys`; query 0 keeps what it has."""
    maps: list[Tensor] = []
    kept: list[Tensor] = []

    def less(attn: MultiHeadAttention, chosen: Tensor):
        def hook(_: Any, given: tuple[Tensor]) -> Tensor:
            # The layer has just recorded its weights and is about to use o_proj.
            v = split_heads(kept[-1], attn.n_kv_heads)
            v = repeat_kv(v, attn.n_heads // attn.n_kv_heads)
            lost = maps[-1][..., keys] @ v[:, :, keys] * chosen[:, None, None]
            lost[:, :, 0] = 0
            return given[0] - merge_heads(lost)

        return hook

    hooks = []
    for attn, chosen in zip(_layers(model), heads):
        hooks += [
            attn.v_proj.register_forward_hook(lambda _, __, v: kept.append(v)),
            attn.o_proj.register_forward_pre_hook(less(attn, chosen)),
        ]
    loss = _loss(model(text, maps=maps), text)
    for hook in hooks:
        hook.remove()
    return loss


def _layers(model: LanguageModel) -> Iterable[Any]:
    return (block.attn for block in model.blocks)


def _loss(logits: Tensor, text: Tensor) -> float:
    log_p = logits[:, :-1].log_softmax(-1).gather(2, text[:, 1:, None])
    return round(-float(log_p.mean()), 3)


def _rounded(table: Tensor) -> list[list[float]]:
    return [[round(x, 3) for x in row] for row in table.tolist()]
