from heedful.checks.heads import check_cache
from heedful.nets import LanguageModel, MultiHeadAttention, llama

from ..specimens import UNKNOWN, wrong


def said(*numbers, given=(5, 48, 12, 3)):
    return lambda: list(numbers), *given


def counted_by_the_library(n_layers, d_model, n_heads, n_kv_heads):
    layer = MultiHeadAttention(d_model, n_heads, n_kv_heads=n_kv_heads)
    n_weights = sum(p.numel() for p in layer.parameters())

    def cached(n_kv_heads):
        config = llama(
            vocab_size=7, d_model=d_model, n_layers=n_layers, n_heads=n_heads,
            n_kv_heads=n_kv_heads, max_seq_len=11,
        )  # fmt: skip
        return sum(r.n_bytes for r in LanguageModel(config).new_cache(1, 11)) / 11

    n_bytes = cached(n_kv_heads)
    return [n_heads, n_weights, n_bytes, cached(n_heads) / n_bytes]


def by_the_library(*given):
    return lambda: counted_by_the_library(*given), *given


CHECK = check_cache

WRONG = [
    wrong("a table of weights of its own", said(3, 5760, 480, 4)),
    wrong("not those of one group", said(4, 5760, 480, 4)),
    wrong("not all of them", said(60, 5760, 480, 4)),
    wrong("not all of them", said(12, 28_800, 480, 4)),
    wrong("are narrower here", said(12, 9216, 480, 4)),
    wrong("only two of the four", said(12, 2304, 480, 4)),
    wrong("both k_proj and v_proj", said(12, 7488, 480, 4)),
    wrong("o_proj is missing", said(12, 3456, 480, 4)),
    wrong("not one head", said(12, 4992, 480, 4)),
    wrong("keys *and* values", said(12, 5760, 240, 4)),
    wrong("four bytes", said(12, 5760, 120, 4)),
    wrong("a cache of its own", said(12, 5760, 96, 4)),
    wrong("key-value heads only", said(12, 5760, 1920, 4)),
    wrong("is D / H wide", said(12, 5760, 5760, 4)),
    wrong("queries are not kept", said(12, 5760, 1440, 4)),
    wrong("other way round", said(12, 5760, 480, 0.25)),
    wrong("not twice that", said(12, 5760, 480, 8)),
    wrong("divide one by the other", said(12, 5760, 480, 12)),
    wrong("do not subtract", said(12, 5760, 480, 9)),
    wrong("keys *and* values", said(15, 8640, 288, 5, given=(6, 60, 15, 3))),
    wrong("has 3 entries, expected 4", said(12, 5760, 480)),
    wrong("a table of weights of its own", said(3, 9216, 1920, 4)),
    wrong("keys *and* values", said(12, 5760, 240, 16)),
    wrong(UNKNOWN, said(12, 5761, 480, 12)),
]

RIGHT = [
    by_the_library(5, 48, 12, 3),
    by_the_library(5, 40, 20, 4),
    said(15.0, 8640.0, 576.0, 5, given=(6, 60, 15, 3)),
]
