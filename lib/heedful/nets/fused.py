"""Faster twins: the same weights and the same function in fewer passes over memory.

The layers of a chapter compute one step of the mathematics a line, and each line
reads and writes all it works on. torch has kernels that do several steps while the
numbers are in the processor's cache. `fused` makes a twin of a model that uses them.
Its logits agree with the model's to rounding, not bit for bit.
"""

import copy
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from heedful.nets.attention import MultiHeadAttention
from heedful.nets.cache import KVCache
from heedful.nets.language_model import LanguageModel
from heedful.nets.layers import RMSNorm
from heedful.nets.masks import causal_mask
from heedful.nets.positions import Rotation, rotate
from heedful.nets.shapes import merge_heads, repeat_kv, split_heads

Model = TypeVar("Model", bound=nn.Module)

SHORT = 512
"""Keys up to which products of whole matrices beat torch's kernel in bfloat16.

Processors that multiply bfloat16 do it in matrix products; the kernel's way back does
not use them.
"""


class FusedAttention(MultiHeadAttention):
    """Attention that never builds the T x S matrix of weights [Dao 2022].

    But in bfloat16, up to `SHORT` keys, where it does. `causal` says, instead of a
    mask, that no position sees a later one. Whoever wants the weights (`record`) gets
    the slow twin. Where torch's kernel is used, a query that may attend to nothing
    gets zero instead of NaN.
    """

    def forward(
        self,
        x: Float[Tensor, "batch q_len d_model"],
        memory: Float[Tensor, "batch k_len d_model"] | None = None,
        mask: Bool[Tensor, "*#batch_heads #q_len _"] | None = None,
        *,
        cache: KVCache | None = None,
        record: list[Tensor] | None = None,
        rope: Rotation | None = None,
        score_bias: Float[Tensor, "*#batch_heads #q_len _"] | None = None,
        causal: bool = False,
    ) -> Float[Tensor, "batch q_len d_model"]:
        if record is not None:
            looking: Any = dict(cache=cache, record=record, rope=rope)
            return super().forward(x, memory, mask, score_bias=score_bias, **looking)
        q = split_heads(self.q_proj(x), self.n_heads)
        q = q if rope is None else rotate(q, *rope)
        k, v = self._keys_and_values(x, memory, cache, rope)
        if q.dtype is torch.bfloat16 and k.size(-2) <= SHORT and q.device.type == "cpu":
            if causal:
                mask = causal_mask(q.size(-2), k.size(-2))
            bias = _added(mask, score_bias, q.dtype)
            return self.o_proj(merge_heads(self._by_products(q, k, v, bias)))
        if score_bias is not None:
            mask = _added(mask, score_bias, q.dtype)
        shared = self.n_kv_heads < self.n_heads
        mixed = F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=causal, enable_gqa=shared
        )
        return self.o_proj(merge_heads(mixed))

    def _by_products(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tensor:
        """As `attend` has it, but the mask is added, and q scaled: fewer passes."""
        n_rep = self.n_heads // self.n_kv_heads
        scores = q * q.size(-1) ** -0.5 @ repeat_kv(k, n_rep).mT + bias
        return scores.softmax(dim=-1) @ repeat_kv(v, n_rep)


def _added(
    mask: Tensor | None, score_bias: Tensor | None, dtype: torch.dtype
) -> Tensor:
    """What is added to the scores: the bias, and -inf where the mask is False."""
    bias = torch.zeros((), dtype=dtype) if score_bias is None else score_bias
    return bias if mask is None else torch.where(mask, bias, float("-inf"))


class FusedRMSNorm(RMSNorm):
    """The norm in one pass."""

    def forward(
        self, x: Float[Tensor, "*batch d_model"]
    ) -> Float[Tensor, "*batch d_model"]:
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


class FusedLanguageModel(LanguageModel):
    """Says "causal" instead of building a mask, where that is all there is to say."""

    def _looking(self, x: Tensor, past: int, n_pad: Tensor | None) -> dict[str, Any]:
        c, is_one = self.config, x.size(1) == 1
        more = c.window is not None or n_pad is not None or c.positions == "alibi"
        if more or (past and not is_one):
            return super()._looking(x, past, n_pad)
        return dict(rope=self._rope(x, past), causal=not is_one)


TWINS = {
    MultiHeadAttention: FusedAttention,
    RMSNorm: FusedRMSNorm,
    LanguageModel: FusedLanguageModel,
}


def fused(model: Model) -> Model:
    """A twin of `model` that owns nothing: its weights are the model's own.

    What trains one trains the other. It starts in the same mode (training or not).
    """
    shared = [*model.parameters(), *model.buffers()]
    twin = copy.deepcopy(model, {id(tensor): tensor for tensor in shared})
    for module in twin.modules():
        module.__class__ = TWINS.get(type(module), type(module))
    return twin
