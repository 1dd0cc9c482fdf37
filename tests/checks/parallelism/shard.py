from itertools import pairwise

import torch
from torch.nn import functional as F

from heedful.checks.parallelism import check_layer
from heedful.checks.parallelism.shard import layer

from ..specimens import UNKNOWN, wrong

CHECK = check_layer


def by_chunks(x, w_in, b_in, w_out, b_out, group):
    pieces = zip(w_in.chunk(group.n, 1), b_in.chunk(group.n), w_out.chunk(group.n))
    parts = [torch.relu(x @ a + b) @ c for a, b, c in pieces]
    return group.all_reduce(parts) + b_out, group.sent


def every_nth_column(x, w_in, b_in, w_out, b_out, group):
    """Any columns will do, if the rows are the same; one GPU adds the bias."""
    parts = []
    for rank in range(group.n):
        own = torch.arange(rank, w_in.size(1), group.n)
        hidden = F.linear(x, w_in[:, own].T, b_in[own]).clamp(min=0)
        parts.append(hidden @ w_out[own])
    parts[0] = parts[0] + b_out
    return [group.all_reduce(parts), group.sent]


def a_share_of_the_bias(x, w_in, b_in, w_out, b_out, group):
    """Each adds 1/n of the bias."""
    width = w_in.size(1) // group.n
    parts = []
    for i in range(0, w_in.size(1), width):
        hidden = F.relu(x @ w_in[:, i : i + width] + b_in[i : i + width])
        parts.append(hidden @ w_out[i : i + width] + b_out / group.n)
    return group.all_reduce(parts), group.sent


def changed(part=None, end=None):
    """As by chunks, but for what each GPU computes or what is made of it."""
    part = part or (lambda x, a, b, c, d: F.relu(x @ a + b) @ c)
    end = end or (lambda total, b_out, n: total + b_out)

    def answer(x, w_in, b_in, w_out, b_out, group):
        pieces = zip(w_in.chunk(group.n, 1), b_in.chunk(group.n), w_out.chunk(group.n))
        parts = [part(x, a, b, c, b_out) for a, b, c in pieces]
        return end(group.all_reduce(parts), b_out, group.n), group.sent

    return answer


def whole_on_each(x, w_in, b_in, w_out, b_out, group):
    parts = [F.relu(x @ w_in + b_in) @ w_out for _ in range(group.n)]
    return group.all_reduce(parts) + b_out, group.sent


def whole_on_each_with_bias(x, w_in, b_in, w_out, b_out, group):
    parts = [F.relu(x @ w_in + b_in) @ w_out + b_out] * group.n
    return group.all_reduce(parts), group.sent


def first_gpu_only(x, w_in, b_in, w_out, b_out, group):
    k = w_in.size(1) // group.n
    parts = [F.relu(x @ w_in[:, :k] + b_in[:k]) @ w_out[:k] for _ in range(group.n)]
    return group.all_reduce(parts) + b_out, group.sent


def nobody_talks(x, w_in, b_in, w_out, b_out, group):
    return F.relu(x @ w_in + b_in) @ w_out + b_out, group.sent


def gathered(x, w_in, b_in, w_out, b_out, group):
    """The hidden numbers, by columns; these are then joined."""
    pieces = zip(w_in.chunk(group.n, 1), b_in.chunk(group.n))
    return group.all_gather([F.relu(x @ a + b) for a, b in pieces])


def gathered_then_whole(x, w_in, b_in, w_out, b_out, group):
    hidden = gathered(x, w_in, b_in, w_out, b_out, group)
    return hidden @ w_out + b_out, group.sent


def gathered_then_rows(x, w_in, b_in, w_out, b_out, group):
    hidden = gathered(x, w_in, b_in, w_out, b_out, group)
    pieces = zip(hidden.chunk(group.n, 1), w_out.chunk(group.n))
    return group.all_reduce([a @ b for a, b in pieces]) + b_out, group.sent


def cut_unevenly(x, n):
    """Slices of the columns of x, though they may not divide evenly."""
    ends = [round(i * x.size(1) / n) for i in range(n + 1)]
    return [slice(a, b) for a, b in pairwise(ends)]


def rows_first(x, w_in, b_in, w_out, b_out, group):
    """w_in by rows: the sums must be made before relu."""
    cuts = cut_unevenly(x, group.n)
    hidden = F.relu(group.all_reduce([x[:, i] @ w_in[i] for i in cuts]) + b_in)
    pieces = zip(hidden.chunk(group.n, 1), w_out.chunk(group.n))
    return group.all_reduce([a @ b for a, b in pieces]) + b_out, group.sent


def added_by_all(x, w_in, b_in, w_out, b_out, group):
    pieces = zip(w_in.chunk(group.n, 1), b_in.chunk(group.n), w_out.chunk(group.n))
    parts = [F.relu(x @ a + b) @ c for a, b, c in pieces]
    side_by_side = group.all_gather(parts)
    return sum(side_by_side.chunk(group.n, 1)) + b_out, group.sent


def twice(x, w_in, b_in, w_out, b_out, group):
    by_chunks(x, w_in, b_in, w_out, b_out, group)
    return by_chunks(x, w_in, b_in, w_out, b_out, group)


def sent_by_all(*inputs):
    result, sent = by_chunks(*inputs)
    return result, sent * inputs[-1].n


def too_few_parts(x, w_in, b_in, w_out, b_out, group):
    return group.all_reduce([x @ w_in @ w_out]), group.sent


WRONG = [
    wrong(
        "so the sum has it n times",
        changed(lambda x, a, b, c, d: F.relu(x @ a + b) @ c + d, lambda t, *_: t),
    ),
    wrong("`b_out` is missing", changed(end=lambda total, *_: total)),
    wrong("`b_in` is missing", changed(lambda x, a, b, c, d: F.relu(x @ a) @ c)),
    wrong(
        "both biases are missing",
        changed(lambda x, a, b, c, d: F.relu(x @ a) @ c, lambda total, *_: total),
    ),
    wrong("relu is missing", changed(lambda x, a, b, c, d: (x @ a + b) @ c)),
    wrong(
        "relu stands between",
        changed(lambda x, a, b, c, d: (x @ a + b) @ c, lambda t, d, n: F.relu(t + d)),
    ),
    wrong("the all-reduce adds n copies", whole_on_each),
    wrong("the all-reduce adds n copies", whole_on_each_with_bias),
    wrong("not their mean", changed(end=lambda total, d, n: total / n + d)),
    wrong("not their mean", changed(end=lambda total, d, n: (total + d) / n)),
    wrong("only one GPU's columns", first_gpu_only),
    wrong("nobody has sent anything", nobody_talks),
    wrong("needs all of `w_out`", gathered_then_whole),
    wrong("the hidden numbers travel", gathered_then_rows),
    wrong("there are two exchanges", rows_first),
    wrong("`all_reduce` adds them on the way", added_by_all),
    wrong("the all-reduce is done twice", twice),
    wrong("how many numbers *each* GPU", sent_by_all),
    wrong("parts of one shape", too_few_parts),
    wrong("return 2 tensors", lambda *inputs: by_chunks(*inputs)[0]),
    wrong(UNKNOWN, changed(end=lambda total, d, n: total - 2 * d)),
]

RIGHT = [by_chunks, every_nth_column, a_share_of_the_bias]


def INPUTS(generator):
    for sizes in ((1, 3, 6, 3), (2, 2, 8, 4), (7, 1, 14, 7)):
        yield layer(*sizes, generator)
