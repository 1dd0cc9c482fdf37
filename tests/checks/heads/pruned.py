import torch

from heedful.checks.heads import check_pruned

from ..specimens import wrong


def features(weight, n_heads, keep):
    """Which features belong to the heads in `keep`."""
    d_head = weight.size(0) // n_heads
    return torch.tensor([h * d_head + i for h in keep for i in range(d_head)])


def rows(weight, n_heads, keep):
    return weight[features(weight, n_heads, keep)]


def columns(weight, n_heads, keep):
    return weight[:, features(weight, n_heads, keep)]


def others(n_heads, keep):
    return sorted(set(range(n_heads)) - set(keep))


def made_by(*cuts):
    """An answer that cuts q, k, v and o in these ways."""

    def answer(q, k, v, o, n_heads, keep):
        return [cut(w, n_heads, keep) for cut, w in zip(cuts, (q, k, v, o))]

    return answer


def whole(weight, n_heads, keep):
    return weight.clone()


def zeros_in_rows(weight, n_heads, keep):
    silent = weight.clone()
    silent[features(weight, n_heads, others(n_heads, keep))] = 0
    return silent


def zeros_in_columns(weight, n_heads, keep):
    silent = weight.clone()
    silent[:, features(weight, n_heads, others(n_heads, keep))] = 0
    return silent


def every_hth_row(weight, n_heads, keep):
    return weight[[i for i in range(len(weight)) if i % n_heads in keep]]


def every_hth_column(weight, n_heads, keep):
    return weight[:, [i for i in range(len(weight)) if i % n_heads in keep]]


def by_head(weight, n_heads, keep):
    return torch.cat([weight[h::n_heads] for h in keep])


def columns_by_head(weight, n_heads, keep):
    return torch.cat([weight[:, h::n_heads] for h in keep], dim=1)


def the_others(q, k, v, o, n_heads, keep):
    return made_by(rows, rows, rows, columns)(
        q, k, v, o, n_heads, others(n_heads, keep)
    )


def louder(weight, n_heads, keep):
    return columns(weight, n_heads, keep) * n_heads / len(keep)


def spoiled(q, k, v, o, n_heads, keep):
    gone = features(q, n_heads, others(n_heads, keep))
    q[gone] = 0
    return q, k, v, o


CHECK = check_pruned

WRONG = [
    wrong("of o_proj you cut the rows", made_by(rows, rows, rows, rows)),
    wrong(
        "rows and columns are the wrong way round",
        made_by(columns, columns, columns, rows),
    ),
    wrong(
        "read the stream x, which is whole",
        made_by(columns, columns, columns, columns),
    ),
    wrong("heads to be left out", the_others),
    wrong(
        "every H-th feature",
        made_by(every_hth_row, every_hth_row, every_hth_row, every_hth_column),
    ),
    wrong("every H-th feature", made_by(by_head, by_head, by_head, columns_by_head)),
    wrong(
        "took it for features",
        lambda q, k, v, o, n_heads, keep: (q[keep], k[keep], v[keep], o[:, keep]),
    ),
    wrong(
        "of o_proj they are columns",
        lambda q, k, v, o, n_heads, keep: (q[keep], k[keep], v[keep], o[keep]),
    ),
    wrong(
        "silent, but still there",
        made_by(zeros_in_rows, zeros_in_rows, zeros_in_rows, zeros_in_columns),
    ),
    wrong("silent, but still there", made_by(whole, whole, whole, zeros_in_columns)),
    wrong("o_proj is still whole", made_by(rows, rows, rows, whole)),
    wrong("only o_proj is cut", made_by(whole, whole, whole, columns)),
    wrong("k_proj and v_proj are whole", made_by(rows, whole, whole, columns)),
    wrong("as dropout would do", made_by(rows, rows, rows, louder)),
    wrong(
        "o_proj is transposed",
        made_by(rows, rows, rows, lambda *given: columns(*given).T),
    ),
    wrong("changes its input `q_proj`", spoiled),
    wrong("return 4 tensors", lambda *given: torch.stack(given[:4])[:3]),
]


def by_a_mask(q, k, v, o, n_heads, keep):
    stays = torch.zeros(n_heads, dtype=torch.bool)
    stays[keep] = True
    stays = stays.repeat_interleave(q.size(0) // n_heads)
    return q[stays], k[stays], v[stays], o.T[stays].T


def by_chunks(q, k, v, o, n_heads, keep):
    made = [torch.cat([w.chunk(n_heads)[h] for h in keep]) for w in (q, k, v)]
    return [*made, torch.cat([o.chunk(n_heads, dim=1)[h] for h in keep], dim=1)]


RIGHT = [by_a_mask, by_chunks]


def INPUTS(generator):
    """All heads, one of many, and heads of one feature."""
    for n_heads, d_head, keep in ((2, 3, [0, 1]), (5, 2, [3]), (3, 1, [1, 2])):
        size = n_heads * d_head
        q, k, v, o = torch.randn(4, size, size, generator=generator)
        yield dict(q_proj=q, k_proj=k, v_proj=v, o_proj=o, n_heads=n_heads, keep=keep)
