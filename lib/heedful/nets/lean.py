"""A language model for writing one token at a time: few operations, each a large one.

For a token torch has next to nothing to compute, so what counts is how often it is
called, and how much memory is read. `LanguageModel` takes some sixty calls a layer;
`lean` makes a twin that takes some twenty: matrices that read the same vector lie side
by side in one, and queries are grouped instead of keys repeated. Prompts, padding,
windows and ALiBi go the usual way.
"""

import math
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from heedful.nets.cache import KVCache
from heedful.nets.fused import FusedLanguageModel, fused
from heedful.nets.language_model import Block, LanguageModel
from heedful.nets.layers import SwiGLU

Turn = tuple[Tensor, Tensor]
"""Cosines, and sines with the sign that `_turned` needs, (Dh) each."""


class LeanLanguageModel(FusedLanguageModel):
    """A `FusedLanguageModel` with a shorter way for a single further token."""

    layers: "list[LeanLayer]"
    turns: Turn | None

    def forward(
        self,
        tokens: Int[Tensor, "batch length"],
        cache: list[KVCache] | None = None,
        maps: list[Tensor] | None = None,
        n_pad: Int[Tensor, " batch"] | None = None,
        n_last: int | None = None,
    ) -> Float[Tensor, "batch asked vocab"]:
        c = self.config
        usual = c.window is not None or c.qk_norm or c.positions == "alibi"
        asked = maps is not None or n_pad is not None
        if usual or asked or not cache or not cache[0].length or tokens.size(1) > 1:
            return super().forward(tokens, cache, maps, n_pad, n_last)
        past = cache[0].length
        x = self._embed(tokens, past, None)[:, 0]
        turns = self.turns
        turn = None if turns is None else (turns[0][past], turns[1][past])
        for layer, layer_cache in zip(self.layers, cache):
            x = layer(x, layer_cache, turn)
        last = self.tok_emb if self.lm_head is None else self.lm_head
        return F.linear(self.final_norm(x), last.weight)[:, None]


class LeanLayer:
    """A `Block` for one token of each row, on tensors instead of modules."""

    def __init__(self, block: Block):
        attn: Any = block.attn
        ffn: Any = block.ffn
        self.n_heads, self.n_kv = attn.n_heads, attn.n_kv_heads
        self.attn_norm, self.ffn_norm = map(_norm, (block.attn_norm, block.ffn_norm))
        self.qkv = _side_by_side(attn.q_proj, attn.k_proj, attn.v_proj)
        self.out = _Product(attn.o_proj.weight, attn.o_proj.bias)
        self.gated = isinstance(ffn, SwiGLU)
        reads = (ffn.gate_proj, ffn.up_proj) if self.gated else (ffn.up_proj,)
        self.up = _side_by_side(*reads)
        self.down = _Product(ffn.down_proj.weight, ffn.down_proj.bias)
        self.activation: Any = None if self.gated else ffn.activation

    def __call__(
        self, x: Float[Tensor, "batch d_model"], cache: KVCache, turn: Turn | None
    ) -> Float[Tensor, "batch d_model"]:
        n_rows, n_turned = len(x), self.n_heads + self.n_kv
        heads = self.qkv(self.attn_norm(x)).view(n_rows, n_turned + self.n_kv, -1)
        qk, v = heads[:, :n_turned], heads[:, n_turned:]
        qk = qk if turn is None else _turned(qk, *turn)
        cache.append(qk[:, self.n_heads :, None], v[:, :, None])
        # (B, H, Dh) -> (B, K, H / K, Dh): the queries of a group are rows that look
        # at the same keys, so none has to be repeated.
        q = qk[:, : self.n_heads].unflatten(1, (self.n_kv, -1))
        mixed = F.scaled_dot_product_attention(q, cache.keys, cache.values)
        x = self.out.onto(x, mixed.view(n_rows, -1))
        wide = self.up(self.ffn_norm(x))
        if self.activation is None:
            gate, wide = wide.chunk(2, dim=-1)
            wide = F.silu(gate) * wide
        else:
            wide = self.activation(wide)
        return self.down.onto(x, wide)


class _Product:
    """`F.linear` as one call of torch, which can add to a residual as well."""

    def __init__(self, weight: Tensor, bias: Tensor | None):
        self.turned, self.bias = weight.t(), bias

    def __call__(self, x: Tensor) -> Tensor:
        if self.bias is None:
            return torch.mm(x, self.turned)
        return torch.addmm(self.bias, x, self.turned)

    def onto(self, residual: Tensor, x: Tensor) -> Tensor:
        if self.bias is not None:
            residual = residual + self.bias
        return torch.addmm(residual, x, self.turned)


def lean(model: LanguageModel) -> LeanLanguageModel:
    """A twin of `model` for `stream` and `complete`, with the same weights.

    No number is held twice: some of the model's matrices become parts of larger ones,
    which changes nothing for it. Make it after the model got its last dtype.
    """
    twin: Any = fused(model).eval()
    twin.__class__ = LeanLanguageModel
    twin.turns = None
    if model.rotary is not None:
        cos, sin = model.rotary(torch.arange(model.config.max_seq_len))
        like = model.tok_emb.weight
        twin.turns = (
            torch.cat([cos, cos], 1).to(like),
            torch.cat([-sin, sin], 1).to(like),
        )
    with torch.no_grad():
        # QK-norm is not on the short way.
        blocks = () if model.config.qk_norm else twin.blocks
        twin.layers = [LeanLayer(block) for block in blocks]
    return twin


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """`rotate`, by a swap of the halves: (a, b) -> (a cos - b sin, b cos + a sin)."""
    return torch.addcmul(x * cos, x.roll(x.size(-1) // 2, -1), sin)


def _side_by_side(*layers: nn.Linear) -> _Product:
    """One matrix and bias for all; those of the layers become parts of them."""
    weight = _joined([layer.weight for layer in layers])
    biases = [layer.bias for layer in layers if layer.bias is not None]
    return _Product(weight, _joined(biases) if biases else None)


def _joined(parts: list[Any]) -> Tensor:
    if len(parts) == 1:
        return parts[0]
    whole = torch.cat([part.data for part in parts])
    for part, piece in zip(parts, whole.split([len(part) for part in parts])):
        part.data = piece
    return whole


def _norm(norm: Any) -> Any:
    weight, n = norm.weight, len(norm.weight)
    if isinstance(norm, nn.LayerNorm):
        rest = dict(weight=weight, bias=norm.bias, eps=norm.eps)
        return partial(F.layer_norm, normalized_shape=(n,), **rest)
    precise = torch.promote_types(weight.dtype, torch.float32)
    least = torch.tensor(math.sqrt(n * norm.eps), dtype=precise, device=weight.device)

    def rms_norm(x: Tensor) -> Tensor:
        # sqrt(mean x^2 + eps) = hypot(|x|, sqrt(n eps)) / sqrt(n): fewer calls than
        # torch's own makes on a CPU.
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=precise)
        return (x * weight).div_(length.hypot_(least)).mul_(math.sqrt(n))

    return rms_norm
