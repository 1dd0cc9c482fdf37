"""The recurrent encoder-decoder, as translators were built before 2017.

Two GRUs read the source, one from each end; a third writes the target. With
`attention="none"` it knows the source by one vector [Cho 2014, Sutskever 2014]; with
"additive" it looks back at every source position before each step [Bahdanau 2015].

Called like `heedful.nets.Transformer`, so the same code trains it and generates with
it. Does not cover maxout, beam search or anything that makes steps fast.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from heedful.nets.attention import MultiHeadAttention
from heedful.nets.cache import KVCache
from heedful.nets.masks import padding_mask
from heedful.nets.recurrent import GRUCell, Recurrent
from heedful.nets.transformer import AttentionMaps


def additive_weights(
    q: Float[Tensor, "*batch q_len d_model"],
    k: Float[Tensor, "*batch k_len d_model"],
    v: Float[Tensor, " d_model"],
    mask: Bool[Tensor, "*#batch #q_len #k_len"] | None = None,
) -> Float[Tensor, "*batch q_len k_len"]:
    """How much each query takes from each key: softmax(v^T tanh(q + k)).

    Here `v` is no value but the weights of a sum: a score is a net with one hidden
    layer. `mask` is True where a query may attend.
    Source: [Bahdanau 2015, sec. A.1.2]. Derived in chapter 02.
    """
    # (.., T, 1, D) + (.., 1, S, D) -> (.., T, S, D), which dot products need not build
    scores = (q[..., :, None, :] + k[..., None, :, :]).tanh() @ v
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1)


class AdditiveAttention(nn.Module):
    """Attention with the score v^T tanh(W q + U k); the values are `memory` itself.

    Called like the cross-attention of `MultiHeadAttention`, with one head: a `cache`
    keeps U k, which is the same for every query, and `record`, if given, is a list to
    which the weights (B, 1, T, S) are appended.
    Source: [Bahdanau 2015, sec. 3.1 and A.1.2]. Derived in chapter 02.
    """

    def __init__(self, d_model: int):
        super().__init__()
        self.q_proj = nn.Linear(d_model, d_model, bias=False)
        self.k_proj = nn.Linear(d_model, d_model, bias=False)
        self.score_proj = nn.Linear(d_model, 1, bias=False)

    def forward(
        self,
        x: Float[Tensor, "batch q_len d_model"],
        memory: Float[Tensor, "batch k_len d_model"],
        mask: Bool[Tensor, "#batch 1 #q_len k_len"] | None = None,
        *,
        cache: KVCache | None = None,
        record: list[Tensor] | None = None,
    ) -> Float[Tensor, "batch q_len d_model"]:
        if cache is not None and cache.length > 0:
            k = cache.keys
        else:
            k = self.k_proj(memory)[:, None]
            if cache is not None:
                cache.append(k, memory[:, None])
        q = self.q_proj(x)[:, None]
        weights = additive_weights(q, k, self.score_proj.weight[0], mask)
        if record is not None:
            record.append(weights.detach())
        return weights[:, 0] @ memory


@dataclass(frozen=True, kw_only=True)
class RecurrentSeq2SeqConfig:
    """Every size of the model. A recurrent net has no longest sequence.

    `d_model` is the width of embeddings, memory and decoder state; each of the two
    encoders has half of it. `attention` is "additive", "dot" (that of the Transformer,
    with one head) or "none".
    """

    source_vocab_size: int
    target_vocab_size: int
    d_model: int = 512
    n_layers: int = 1
    attention: str = "additive"
    dropout: float = 0.1
    pad_id: int = 0

    def __post_init__(self):
        for name in ("source_vocab_size", "target_vocab_size", "d_model", "n_layers"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number from 1 up")
        if self.d_model % 2:
            raise ValueError(f"d_model={self.d_model} is odd: two encoders share it")
        if self.attention not in ("additive", "dot", "none"):
            raise ValueError(
                f"attention={self.attention!r} must be 'additive', 'dot' or 'none'"
            )
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout!r} must be at least 0 and below 1")


@dataclass
class RecurrentCache:
    """What the decoder takes along from token to token. It does not grow.

    `projected` holds the memory as the attention projects it, once.
    """

    states: Float[Tensor, "n_layers batch d_model"]
    projected: KVCache


class RecurrentSeq2Seq(nn.Module):
    """Read a source from both ends, then write a target one token after the other.

    `forward` is teacher forcing as in `Transformer`, but step by step: the state at t
    needs the state at t - 1. Padding must be on the right. With
    `maps=RecurrentSeq2Seq.new_maps()` the attention weights (B, 1, T, S) are appended
    to the list "cross".

    Source: [Bahdanau 2015, sec. 3 and A]. Simpler than the paper: the first state
    comes from both encoders, the output layer is tanh, and the output matrix is the
    target embedding, as in `Transformer`. Derived in chapter 01.
    """

    def __init__(
        self, config: RecurrentSeq2SeqConfig, generator: torch.Generator | None = None
    ):
        super().__init__()
        self.config = config
        d_model, n_layers = config.d_model, config.n_layers
        self.source_emb = nn.Embedding(config.source_vocab_size, d_model)
        self.target_emb = nn.Embedding(config.target_vocab_size, d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder = Recurrent(GRUCell, d_model, d_model // 2, n_layers)
        self.back_encoder = Recurrent(GRUCell, d_model, d_model // 2, n_layers)
        self.start_proj = nn.Linear(d_model, n_layers * d_model)
        self.attn = None
        if config.attention == "additive":
            self.attn = AdditiveAttention(d_model)
        elif config.attention == "dot":
            self.attn = MultiHeadAttention(d_model, n_heads=1)
        self.decoder = Recurrent(GRUCell, 2 * d_model, d_model, n_layers)
        self.o_proj = nn.Linear(2 * d_model, d_model)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw fresh weights: Glorot for matrices, N(0, 1/d_model) for embeddings."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                std = self.config.d_model**-0.5
                nn.init.normal_(module.weight, std=std, generator=generator)

    @staticmethod
    def new_maps() -> AttentionMaps:
        return {"encoder": [], "decoder": [], "cross": []}

    def forward(
        self,
        source: Int[Tensor, "batch s_len"],
        target: Int[Tensor, "batch t_len"],
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch t_len target_vocab"]:
        """Logits of the token that follows each position of `target`."""
        memory = self.encode(source)
        return self.decode(target, memory, self.source_mask(source), maps=maps)

    def source_mask(
        self, source: Int[Tensor, "batch s_len"]
    ) -> Bool[Tensor, "batch 1 1 s_len"]:
        return padding_mask(source, self.config.pad_id)

    def encode(
        self, source: Int[Tensor, "batch s_len"]
    ) -> Float[Tensor, "batch s_len d_model"]:
        """One vector per source token: what came before it beside what comes after."""
        x = self._embed(self.source_emb, source)
        real = source != self.config.pad_id
        ahead, _ = self.encoder(x, mask=real)
        back, _ = self.back_encoder(x.flip(1), mask=real.flip(1))
        return torch.cat([ahead, back.flip(1)], dim=-1)

    def decode(
        self,
        target: Int[Tensor, "batch t_len"],
        memory: Float[Tensor, "batch s_len d_model"],
        memory_mask: Bool[Tensor, "batch 1 1 s_len"],
        cache: RecurrentCache | None = None,
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch t_len target_vocab"]:
        """Logits of the next token at each position of `target`.

        With a `cache`, `target` holds only the tokens that are not in it yet.
        """
        cache = self.new_cache(memory, target.size(1)) if cache is None else cache
        summary, seen, record = self._summary(memory), [], []
        for y in self._embed(self.target_emb, target).unbind(1):
            context = summary
            if self.attn is not None:
                context = self.attn(
                    cache.states[-1][:, None],
                    memory,
                    memory_mask,
                    cache=cache.projected,
                    record=record,
                )[:, 0]
            cache.states = self.decoder.step(torch.cat([y, context], -1), cache.states)
            seen.append(torch.cat([cache.states[-1], context], dim=-1))
        if maps is not None and record:
            maps["cross"].append(torch.cat(record, dim=2))
        x = self.o_proj(torch.stack(seen, dim=1)).tanh()
        return self.dropout(x) @ self.target_emb.weight.T

    def new_cache(
        self, memory: Float[Tensor, "batch s_len d_model"], max_len: int
    ) -> RecurrentCache:
        """The first states, from the summary of the source; any `max_len` fits."""
        batch, s_len, d_model = memory.shape
        start = self.start_proj(self._summary(memory)).tanh()
        states = start.unflatten(-1, (self.config.n_layers, d_model)).movedim(1, 0)
        return RecurrentCache(
            states, KVCache(batch, 1, s_len, d_model, memory.dtype, memory.device)
        )

    def _summary(self, memory: Tensor) -> Tensor:
        # Each encoder's last word: one ends at the last column (its state stood still
        # over the padding), the other at the first.
        half = self.config.d_model // 2
        return torch.cat([memory[:, -1, :half], memory[:, 0, half:]], dim=-1)

    def _embed(self, embedding: nn.Embedding, tokens: Tensor) -> Tensor:
        return self.dropout(embedding(tokens) * self.config.d_model**0.5)
