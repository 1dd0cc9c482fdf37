import math

import torch
from torch.nn import functional as F

from heedful.checks.transformer import check_attend

from ..specimens import UNKNOWN, wrong

HIDDEN = float("-inf")


def hidden(scores, mask):
    return scores if mask is None else scores.masked_fill(~mask, HIDDEN)


def scaled(q, k):
    return q @ k.mT / math.sqrt(q.size(-1))


def unscaled(q, k, v, mask=None):
    return F.softmax(hidden(q @ k.mT, mask), dim=-1) @ v


def by_d(q, k, v, mask=None):
    return F.softmax(hidden(q @ k.mT / q.size(-1), mask), dim=-1) @ v


def times_root(q, k, v, mask=None):
    return F.softmax(hidden(q @ k.mT * math.sqrt(q.size(-1)), mask), dim=-1) @ v


def by_length(q, k, v, mask=None):
    return F.softmax(hidden(q @ k.mT / math.sqrt(q.size(2)), mask), dim=-1) @ v


def scaled_late(q, k, v, mask=None):
    return F.softmax(hidden(q @ k.mT, mask), dim=-1) / math.sqrt(q.size(-1)) @ v


def over_queries(q, k, v, mask=None):
    return F.softmax(hidden(scaled(q, k), mask), dim=-2) @ v


def no_softmax(q, k, v, mask=None):
    return hidden(scaled(q, k), mask) @ v


def hard_choice(q, k, v, mask=None):
    best = hidden(scaled(q, k), mask).argmax(-1)
    return F.one_hot(best, k.size(2)).float() @ v


def swapped(q, k, v, mask=None):
    return F.softmax(hidden(scaled(k, q), mask), dim=-1) @ v


def mixing_keys(q, k, v, mask=None):
    return F.softmax(hidden(scaled(q, k), mask), dim=-1) @ k


def weights_only(q, k, v, mask=None):
    return F.softmax(hidden(scaled(q, k), mask), dim=-1)


def mask_ignored(q, k, v, mask=None):
    return F.softmax(scaled(q, k), dim=-1) @ v


def fill_discarded(q, k, v, mask=None):
    scores = scaled(q, k)
    if mask is not None:
        scores.masked_fill(~mask, HIDDEN)
    return scores.softmax(-1) @ v


def inverted(q, k, v, mask=None):
    scores = scaled(q, k)
    if mask is not None:
        scores = scores.masked_fill(mask, HIDDEN)
    return scores.softmax(-1) @ v


def masked_late(q, k, v, mask=None):
    weights = scaled(q, k).softmax(-1)
    return (weights if mask is None else weights * mask) @ v


def filled_with_tiny(q, k, v, mask=None):
    scores = scaled(q, k)
    if mask is not None:
        scores = scores.masked_fill(~mask, 1e-9)  # meant: -1e9
    return scores.softmax(-1) @ v


def mask_added(q, k, v, mask=None):
    return (scaled(q, k) + (0 if mask is None else mask)).softmax(-1) @ v


def uniform(q, k, v, mask=None):
    """What an additive mask gives to code that expects 0 and 1."""
    return hidden(0 * scaled(q, k), mask).softmax(-1) @ v


def one_text_only(q, k, v, mask=None):
    return weights_only(q, k, v, mask)[:1] @ v[:1]


CHECK = check_attend


def without_exp(q, k, v, mask=None):
    scores = scaled(q, k) if mask is None else scaled(q, k) * mask
    return scores / scores.sum(-1, keepdim=True) @ v


WRONG = [
    wrong("exp(score)", without_exp),
    wrong("not scaled", unscaled),
    wrong("divided by d_head", by_d),
    wrong("multiplied by the root", times_root),
    wrong("number of positions", by_length),
    wrong("after the softmax; scale", scaled_late),
    wrong("sum to 1 over the queries", over_queries),
    wrong("softmax is missing", no_softmax),
    wrong("one best key", hard_choice),
    wrong("q and k are swapped", swapped),
    wrong("keys are mixed", mixing_keys),
    wrong("you return the weights", weights_only),
    wrong("mask has no effect", mask_ignored),
    wrong("masked_fill returns a new", fill_discarded),
    wrong("mask is inverted", inverted),
    wrong("mask comes after the softmax", masked_late),
    wrong("exp(0) = 1", filled_with_tiny),
    wrong("mask is added", mask_added),
    wrong(UNKNOWN, uniform),
    wrong("shape is (1, 3, 5, 13)", one_text_only),
]


def by_loops(q, k, v, mask=None):
    n_texts, n_heads, t_len, _ = q.shape
    out = torch.zeros(n_texts, n_heads, t_len, v.size(-1))
    if mask is None:
        mask = torch.ones(1, dtype=torch.bool)
    mask = mask.expand(n_texts, n_heads, t_len, k.size(2))
    for b, h, t in torch.cartesian_prod(*map(torch.arange, q.shape[:3])).tolist():
        allowed = mask[b, h, t].nonzero().flatten().tolist()
        shares = [
            math.exp(q[b, h, t] @ k[b, h, s] / q.size(-1) ** 0.5) for s in allowed
        ]
        for s, share in zip(allowed, shares):
            out[b, h, t] += share / sum(shares) * v[b, h, s]
    return out


def by_einsum(query, key, value, allowed):  # any names will do
    scores = torch.einsum("bhtd,bhsd->bhts", query, key) * query.shape[-1] ** -0.5
    if allowed is not None:
        scores = torch.where(allowed, scores, -1e9)
    return torch.einsum("bhts,bhsd->bhtd", scores.softmax(-1), value)


def renormalised(q, k, v, mask=None):
    """The mask after the softmax, but then each row is divided by its sum."""
    weights = scaled(q, k).softmax(-1)
    if mask is not None:
        weights = weights * mask
        weights = weights / weights.sum(-1, keepdim=True)
    return weights @ v


RIGHT = [by_loops, by_einsum, renormalised, F.scaled_dot_product_attention]


def INPUTS(generator):
    """With a mask and without, more queries than keys and fewer, one key alone."""
    for b, h, t, s, d_head, d_value in ((1, 1, 2, 1, 3, 2), (3, 2, 7, 5, 11, 2)):
        q = torch.randn(b, h, t, d_head, generator=generator)
        k = torch.randn(b, h, s, d_head, generator=generator)
        v = torch.randn(b, h, s, d_value, generator=generator)
        yield dict(q=q, k=k, v=v, mask=None)
        mask = torch.rand(b, 1, t, s, generator=generator) < 0.5
        mask[..., 0] = True  # at least one key for each query
        yield dict(q=q, k=k, v=v, mask=mask)
