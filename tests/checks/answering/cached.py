import torch
from torch.nn import functional as F

from heedful.checks.answering import check_cached_attend
from heedful.nets import attend, causal_mask

from ..specimens import wrong


def joined(a, b):
    return torch.cat((a, b), dim=1)


def one_by_one(q, k, v, kept_k, kept_v):
    """As in the chapter: a pass for each token, and no mask."""
    mixed = []
    for t in range(q.shape[1]):
        kept_k, kept_v = (
            joined(kept_k, k[:, t : t + 1]),
            joined(kept_v, v[:, t : t + 1]),
        )
        mixed.append(attend(q[:, t : t + 1], kept_k, kept_v))
    return torch.cat(mixed, dim=1), kept_k, kept_v


def by_the_library(q, k, v, kept_k, kept_v):
    keys, values = joined(kept_k, k), joined(kept_v, v)
    return attend(q, keys, values, causal_mask(q.size(1), keys.size(1))), keys, values


def by_places(q, k, v, kept_k, kept_v):
    keys, values = joined(kept_k, k), joined(kept_v, v)
    there = torch.arange(keys.size(1))
    seen = there <= there[kept_k.size(1) :, None]
    mixed = F.scaled_dot_product_attention(q, keys, values, attn_mask=seen)
    return [mixed, keys, values]


def masked(make):
    def answer(q, k, v, kept_k, kept_v):
        keys, values = joined(kept_k, k), joined(kept_v, v)
        mask = make(q.size(1), kept_k.size(1))
        return attend(q, keys, values, mask), keys, values

    return answer


def is_causal(q, k, v, kept_k, kept_v):
    keys, values = joined(kept_k, k), joined(kept_v, v)
    mixed = F.scaled_dot_product_attention(q, keys, values, is_causal=True)
    return mixed, keys, values


def ones(t, s):
    return torch.ones(t, s, dtype=torch.bool)


def unscaled(q, k, v, kept_k, kept_v):
    keys, values = joined(kept_k, k), joined(kept_v, v)
    scores = q @ keys.mT
    scores[:, ~causal_mask(q.size(1), keys.size(1))] = -torch.inf
    return scores.softmax(-1) @ values, keys, values


def new_first(q, k, v, kept_k, kept_v):
    keys, values = joined(k, kept_k), joined(v, kept_v)
    return attend(q, keys, values, causal_mask(q.size(1), keys.size(1))), keys, values


def new_only(q, k, v, kept_k, kept_v):
    mixed = attend(q, k, v, ones(q.size(1), q.size(1)).tril())
    return mixed, joined(kept_k, k), joined(kept_v, v)


def kept_only(q, k, v, kept_k, kept_v):
    return attend(q, kept_k, kept_v), joined(kept_k, k), joined(kept_v, v)


def only_mixed(q, k, v, kept_k, kept_v):
    return by_the_library(q, k, v, kept_k, kept_v)[0]


CHECK = check_cached_attend

WRONG = [
    wrong("sees those that come after it", masked(lambda t, p: None)),
    wrong("sees those that come after it", masked(lambda t, p: ones(t, p + t))),
    wrong("from the beginning of the text", masked(lambda t, p: ones(t, p + t).tril())),
    wrong("from the beginning of the text", is_causal),
    wrong("does not see itself", masked(lambda t, p: ones(t, p + t).tril(p - 1))),
    wrong("sees the one after it", masked(lambda t, p: ones(t, p + t).tril(p + 1))),
    wrong("moved the wrong way", masked(lambda t, p: ones(t, p + t).tril(-p))),
    wrong("is inverted", masked(lambda t, p: ones(t, p + t).triu(p + 1))),
    wrong("the cache is not used", new_only),
    wrong("see only what is kept", kept_only),
    wrong("come before the kept ones", new_first),
    wrong("hold the kept positions", lambda *x: (only_mixed(*x), x[1], x[2])),
    wrong("hold the kept positions", lambda *x: (only_mixed(*x), x[3], x[4])),
    wrong("change places", lambda *x: [by_the_library(*x)[i] for i in (0, 2, 1)]),
    wrong("the scores are not scaled", unscaled),
    wrong("return 3 tensors, (mixed, keys, values)", only_mixed),
]

RIGHT = [one_by_one, by_the_library, by_places]


def INPUTS(generator):
    """Nothing kept, one token, and several behind several."""
    for heads, new, kept, d in ((2, 5, 0, 3), (1, 1, 6, 4), (2, 3, 4, 5)):
        q, k, v = torch.randn(3, heads, new, d, generator=generator)
        kept_k, kept_v = torch.randn(2, heads, kept, d, generator=generator)
        yield dict(q=q, k=k, v=v, kept_k=kept_k, kept_v=kept_v)
