import torch
from torch.nn import functional as F

from heedful.checks.heads import check_grouped

from ..specimens import wrong


def mix(q, k, v, scale=None, dim=-1):
    scale = q.size(-1) ** -0.5 if scale is None else scale
    return torch.softmax(q @ k.transpose(-1, -2) * scale, dim) @ v


def one_by_one(choose, choose_value=None):
    """An answer in which query head h reads the key head `choose(h, H, K)`."""
    choose_value = choose_value or choose

    def answer(q, k, v):
        n, n_kv = q.size(1), k.size(1)
        pairs = [(choose(h, n, n_kv), choose_value(h, n, n_kv)) for h in range(n)]
        mixed = [mix(q[:, h], k[:, i], v[:, j]) for h, (i, j) in enumerate(pairs)]
        return torch.stack(mixed, 1)

    return answer


def neighbours(h, n_heads, n_kv):
    return h // (n_heads // n_kv)


def in_turn(h, n_heads, n_kv):
    return h % n_kv


def five_axes(q, k, v):
    """(B, K, H / K, T, Dh) and (B, K, 1, S, Dh)."""
    return q.unflatten(1, (k.size(1), -1)), k[:, :, None], v[:, :, None]


def summed_by_einsum(q, k, v):
    groups, *_ = five_axes(q, k, v)
    scores = torch.einsum("bkgtd,bksd->bkts", groups, k) / q.size(-1) ** 0.5
    return scores.softmax(-1) @ v


def summed(q, k, v):
    return summed_by_einsum(q, k, v).repeat_interleave(q.size(1) // k.size(1), 1)


def averaged(q, k, v):
    groups, *_ = five_axes(q, k, v)
    return mix(groups.mean(2), k, v)


def averaged_and_repeated(q, k, v):
    return averaged(q, k, v).repeat_interleave(q.size(1) // k.size(1), 1)


def mixtures_averaged(q, k, v):
    return mix(*five_axes(q, k, v)).mean(2)


def groups_last(q, k, v):
    mixed = mix(*five_axes(q, k, v))
    return mixed.transpose(1, 2).reshape(*q.shape[:3], -1)


def expanded(q, k, v):
    n_rep = q.size(1) // k.size(1)
    return q, k.repeat_interleave(n_rep, 1), v.repeat_interleave(n_rep, 1)


def not_expanded(q, k, v):
    return mix(q, k, v)


CHECK = check_grouped

WRONG = [
    wrong("added up before the softmax", summed),
    wrong("added up before the softmax", summed_by_einsum),
    wrong("the queries of a group are averaged", averaged),
    wrong("the queries of a group are averaged", averaged_and_repeated),
    wrong("mixtures of a group are averaged", mixtures_averaged),
    wrong("mixtures of a group are added", lambda *qkv: mix(*five_axes(*qkv)).sum(2)),
    wrong("dealt out in turn (0 1 2 0 1 2)", one_by_one(in_turn)),
    wrong("reads key head h // K", one_by_one(lambda h, n, n_kv: h // n_kv)),
    wrong("the values are dealt out in turn", one_by_one(neighbours, in_turn)),
    wrong("the keys are dealt out in turn", one_by_one(in_turn, neighbours)),
    wrong("read the first key head", one_by_one(lambda *given: 0)),
    wrong(
        "averaged into one",
        lambda q, k, v: mix(q, k.mean(1, keepdim=True), v.mean(1, keepdim=True)),
    ),
    wrong("come in another order", groups_last),
    wrong("not scaled", lambda q, k, v: mix(*expanded(q, k, v), scale=1)),
    wrong(
        "root of the whole width",
        lambda q, k, v: mix(*expanded(q, k, v), scale=(q.size(1) * q.size(3)) ** -0.5),
    ),
    wrong("sum to 1 over the queries", lambda *qkv: mix(*expanded(*qkv), dim=-2)),
    wrong("keys are mixed instead", lambda q, k, v: mix(*expanded(q, k, k))),
    wrong("RuntimeError", not_expanded),
]


def by_broadcasting(q, k, v):
    return mix(*five_axes(q, k, v)).flatten(1, 2)


def by_torch(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, enable_gqa=True)


RIGHT = [one_by_one(neighbours), by_broadcasting, by_torch]


def INPUTS(generator):
    """One text of one position, one head, and groups of three and of four."""
    for b, h, n_kv, t, s, d, d_value in (
        (1, 1, 1, 1, 1, 1, 1),
        (1, 6, 2, 1, 5, 3, 2),
        (3, 12, 3, 2, 3, 5, 7),
    ):
        yield dict(
            q=torch.randn(b, h, t, d, generator=generator),
            k=torch.randn(b, n_kv, s, d, generator=generator),
            v=torch.randn(b, n_kv, s, d_value, generator=generator),
        )
