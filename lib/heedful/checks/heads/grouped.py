"""The exercise on shared keys: each query head still makes a table of its own."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import attend, repeat_kv


def grouped(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The right answer, (B, H, T, Dv)."""
    return _by_choice(q, k, v, _neighbours, _neighbours)


def _neighbours(x: Tensor, n_rep: int) -> Tensor:
    return repeat_kv(x, n_rep)


def _in_turn(x: Tensor, n_rep: int) -> Tensor:
    return x.repeat(1, n_rep, 1, 1)


def _by_kv_heads(x: Tensor, n_rep: int) -> Tensor:
    n_kv_heads = x.size(1)
    return x[:, torch.arange(n_kv_heads * n_rep) // n_kv_heads]


def _the_first(x: Tensor, n_rep: int) -> Tensor:
    return x[:, :1].expand(-1, x.size(1) * n_rep, -1, -1)


def _their_mean(x: Tensor, n_rep: int) -> Tensor:
    return x.mean(1, keepdim=True).expand(-1, x.size(1) * n_rep, -1, -1)


def _by_choice(
    q: Tensor, k: Tensor, v: Tensor, keys: Callable, values: Callable
) -> Tensor:
    """Attention in which `keys` and `values` say which head each query head reads."""
    n_rep = q.size(1) // k.size(1)
    return attend(q, keys(k, n_rep), values(v, n_rep))


def _both(choice: Callable) -> Callable[..., Tensor]:
    return partial(_by_choice, keys=choice, values=choice)


def _groups(q: Tensor, k: Tensor) -> Tensor:
    return q.unflatten(1, (k.size(1), -1))  # (B, K, H / K, T, Dh)


def _one_table(
    combined: Callable[[Tensor], Tensor], repeated: bool
) -> Callable[..., Tensor]:
    """One query for each group."""

    def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        mixed = attend(combined(_groups(q, k)), k, v)
        return repeat_kv(mixed, q.size(1) // k.size(1)) if repeated else mixed

    return attention


def _one_mixture(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return _groups(grouped(q, k, v), k).mean(2)


def _other_order(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return _groups(grouped(q, k, v), k).transpose(1, 2).flatten(1, 2)


def _scaled(factor: Callable[[Tensor, Tensor], float]) -> Callable[..., Tensor]:
    return lambda q, k, v: grouped(q * factor(q, k), k, v)


def _over_queries(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    n_rep = q.size(1) // k.size(1)
    scores = q @ repeat_kv(k, n_rep).mT / q.size(-1) ** 0.5
    return scores.softmax(-2) @ repeat_kv(v, n_rep)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Groups of two, of four, one group of all, and no sharing at all."""
    randn = partial(torch.randn, generator=generator)
    for b, h, n_kv, t, s, d, d_value in (
        (1, 6, 3, 2, 3, 3, 3),
        (2, 8, 2, 5, 7, 3, 5),
        (1, 5, 1, 3, 2, 7, 3),
        (2, 3, 3, 2, 5, 3, 2),
    ):
        yield dict(
            q=randn(b, h, t, d), k=randn(b, n_kv, s, d), v=randn(b, n_kv, s, d_value)
        )


def _sum(groups: Tensor) -> Tensor:
    return groups.sum(2)


def _mean(groups: Tensor) -> Tensor:
    return groups.mean(2)


_SUMMED = (
    "the queries of a group are added up before the softmax, so the whole group asks "
    "one question; each query head must make a table of weights of its own"
)
_AVERAGED = (
    "the queries of a group are averaged, so the whole group asks one question; each "
    "query head must make a table of weights of its own"
)

check_grouped = Task(
    name="shared heads",
    right=grouped,
    cases=_cases,
    compared="values; groups of two, of four, of all, and of one",
    hints=(
        "The chapter does it by hand, one query head at a time: which key head does "
        "query head h read? And how many tables of weights are there?",
        "Write the shapes beside each line. After the scores there must still be H "
        "tables, (B, H, T, S): an axis that vanishes has been summed.",
        "`k.repeat_interleave(n_rep, dim=1)` gives each query head the keys of its "
        "group, with n_rep = H // K; the same for v, then `attend`.",
    ),
    mistakes=(
        (_SUMMED, _one_table(_sum, repeated=True)),
        (_SUMMED, _one_table(_sum, repeated=False)),
        (_AVERAGED, _one_table(_mean, repeated=True)),
        (_AVERAGED, _one_table(_mean, repeated=False)),
        (
            "the mixtures of a group are averaged; they are what the heads were sent "
            "for, and o_proj wants each of them: return all H",
            _one_mixture,
        ),
        (
            "the mixtures of a group are added up; they are what the heads were sent "
            "for, and o_proj wants each of them: return all H",
            lambda q, k, v: _groups(grouped(q, k, v), k).sum(2),
        ),
        (
            "the key heads are dealt out in turn (0 1 2 0 1 2); neighbours share (0 0 "
            "1 1 2 2), as query head h reads key head h // (H / K)",
            _both(_in_turn),
        ),
        (
            "query head h reads key head h // K; a group has H / K query heads, so it "
            "is h // (H / K)",
            _both(_by_kv_heads),
        ),
        (
            "the keys are shared by neighbours (0 0 1 1), the values are dealt out in "
            "turn (0 1 0 1): a head must mix the values that stand under its keys",
            partial(_by_choice, keys=_neighbours, values=_in_turn),
        ),
        (
            "the values are shared by neighbours (0 0 1 1), the keys are dealt out in "
            "turn (0 1 0 1): a head must mix the values that stand under its keys",
            partial(_by_choice, keys=_in_turn, values=_neighbours),
        ),
        (
            "all query heads read the first key head; each group has one of its own",
            _both(_the_first),
        ),
        (
            "the key heads are averaged into one; each group has one of its own",
            _both(_their_mean),
        ),
        (
            "every head is right, but they come in another order: put the groups side "
            "by side, all query heads of group 0 first",
            _other_order,
        ),
        (
            "the scores are not scaled: divide them by the root of the width of a head",
            _scaled(lambda q, k: q.size(-1) ** 0.5),
        ),
        (
            "the scores are divided by the root of the whole width; a head is as wide "
            "as the last axis of q",
            _scaled(lambda q, k: q.size(1) ** -0.5),
        ),
        (
            "your weights sum to 1 over the queries; the softmax belongs on the keys "
            "(dim=-1)",
            _over_queries,
        ),
        (
            "the keys are mixed instead of the values",
            lambda q, k, v: grouped(q, k, k),
        ),
    ),
)
