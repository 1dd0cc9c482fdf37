import math
from operator import add

import torch

from heedful.checks.parallelism import BARRIER, READ, WRITE, check_softmax
from heedful.checks.parallelism.lanes import in_many_orders

from ..specimens import UNKNOWN, wrong

CHECK = check_softmax


def reduction(n, before=True, rounds=True, last=True, shift=0):
    """The notebook's reduction; any of its barriers may be missing."""

    def reduced(i, value, combine, shift=shift):
        yield WRITE, i + shift, value
        if before:
            yield BARRIER
        half = n // 2
        while half:
            if i < half:
                mine = yield READ, i + shift
                other = yield READ, i + half + shift
                yield WRITE, i + shift, combine(mine, other)
            if rounds:
                yield BARRIER
            half //= 2
        if not rounds:
            yield BARRIER
        result = yield READ, shift
        if last:
            yield BARRIER
        return result

    return reduced


def with_reduction(**barriers):
    def softmax(x, launch):
        reduced = reduction(len(x), **barriers)

        def lane(i):
            largest = yield from reduced(i, x[i], max)
            part = math.exp(x[i] - largest)
            total = yield from reduced(i, part, add)
            return part / total

        return launch(lane, len(x))

    return softmax


def in_other_cells(x, launch):
    """The second reduction has cells of its own, so nobody need wait for readers."""
    n = len(x)
    reduced = reduction(n, last=False)

    def lane(i):
        largest = yield from reduced(i, x[i], max)
        part = math.exp(x[i] - largest)
        total = yield from reduced(i, part, add, shift=n)
        return part / total

    return launch(lane, n)


def everybody_reads_everything(x, launch):
    """No tree: each lane adds up all parts itself."""
    n = len(x)

    def lane(i):
        yield WRITE, i, x[i]
        yield BARRIER
        numbers = []
        for j in range(n):
            numbers.append((yield READ, j))
        parts = [math.exp(number - max(numbers)) for number in numbers]
        return parts[i] / sum(parts)

    return launch(lane, n)


def the_first_does_it_all(x, launch):
    """Barriers on both sides; one lane works, the others wait."""

    def lane(i):
        yield WRITE, ("x", i), x[i]
        yield BARRIER
        if i == 0:
            row = []
            for j in range(len(x)):
                row.append((yield READ, ("x", j)))
            shares = torch.tensor(row, dtype=torch.float64).softmax(0).tolist()
            for j, share in enumerate(shares):
                yield WRITE, j, share
        yield BARRIER
        return (yield READ, i)

    return launch(lane, len(x))


def all_add_to_one_cell(x, launch):
    def lane(i):
        if i == 0:
            yield WRITE, 0, 0.0
        yield BARRIER
        total = yield READ, 0
        yield WRITE, 0, total + math.exp(x[i])
        yield BARRIER
        total = yield READ, 0
        return math.exp(x[i]) / total

    return launch(lane, len(x))


def barrier_for_some(x, launch):
    """The barrier stands inside the `if`, where only some lanes come to it."""
    n = len(x)

    def lane(i):
        yield WRITE, i, x[i]
        yield BARRIER
        half = n // 2
        while half:
            if i < half:
                mine = yield READ, i
                other = yield READ, i + half
                yield WRITE, i, mine + other
                yield BARRIER
            half //= 2
        return 1.0

    return launch(lane, n)


def without_largest(x, launch):
    reduced = reduction(len(x))

    def lane(i):
        part = math.exp(x[i])
        total = yield from reduced(i, part, add)
        return part / total

    return launch(lane, len(x))


def finished(end):
    """All barriers in place; `end(x, largest, part, total)` is what a lane returns."""

    def softmax(x, launch):
        reduced = reduction(len(x))

        def lane(i):
            largest = yield from reduced(i, x[i], max)
            part = math.exp(x[i] - largest)
            total = yield from reduced(i, part, add)
            return end(x[i], largest, part, total, len(x))

        return launch(lane, len(x))

    return softmax


def sum_of_numbers(x, launch):
    reduced = reduction(len(x))

    def lane(i):
        largest = yield from reduced(i, x[i], max)
        total = yield from reduced(i, x[i], add)
        return math.exp(x[i] - largest) / total

    return launch(lane, len(x))


def lane_0_for_all(x, launch):
    shares = with_reduction()(x, launch)
    return [shares[0]] * len(x)


def reads_what_nobody_wrote(x, launch):
    def lane(i):
        yield WRITE, i, x[i]
        yield BARRIER
        return (yield READ, i + len(x))

    return launch(lane, len(x))


def forgot_what(x, launch):
    def lane(i):
        yield i
        return x[i]

    return launch(lane, len(x))


def endless(x, launch):
    def lane(i):
        while True:
            yield BARRIER

    return launch(lane, len(x))


def without_lanes(x, launch):
    parts = [math.exp(number - max(x)) for number in x]
    return [part / sum(parts) for part in parts]


WRONG = [
    wrong("lane 0 writes cell 0, which lane 1 reads", with_reduction(last=False)),
    wrong("lane 0 reads cell 1, which lane 1 writes", with_reduction(rounds=False)),
    wrong("and no barrier stands between", with_reduction(before=False)),
    wrong("cell 0, which lane 1 reads, and no barrier", all_add_to_one_cell),
    wrong("all lanes must come to each", barrier_for_some),
    wrong("OverflowError", without_largest),
    wrong("these are the parts", finished(lambda x, top, part, total, n: part)),
    wrong("by their number", finished(lambda x, top, part, total, n: part / n)),
    wrong("the sum of the *parts*", sum_of_numbers),
    wrong("numbers less the largest", finished(lambda x, top, *rest: x - top)),
    wrong("all return that of lane 0", lane_0_for_all),
    wrong("no lane was launched", without_lanes),
    wrong("nobody wrote it", reads_what_nobody_wrote),
    wrong("a lane yields READ, cell", forgot_what),
    wrong("have not ended", endless),
    wrong("entry 0: your function returns None", finished(lambda *_: None)),
    wrong(UNKNOWN, finished(lambda x, top, part, total, n: 2 * part / total)),
]

RIGHT = [
    with_reduction(),
    in_other_cells,
    everybody_reads_everything,
    the_first_does_it_all,
]


def INPUTS(generator):
    for n in (2, 4, 16):
        x = torch.randn(n, generator=generator, dtype=torch.float64).tolist()
        yield dict(x=x, launch=in_many_orders)
