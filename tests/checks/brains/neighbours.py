import numpy as np
import torch

from heedful.checks.brains import check_train

from ..specimens import wrong

CHECK = check_train


def by_loops(n, held, gap):
    train = []
    for t in range(n):
        near = [h for h in held.tolist() if abs(h - t) <= gap]
        train.append(not near)
    return torch.tensor(train)


def by_marking(n, held, gap):
    train = torch.ones(n, dtype=torch.bool)
    for h in held.tolist():
        train[max(h - gap, 0) : h + gap + 1] = False
    return train


def by_spreading(n, held, gap):
    out = torch.zeros(n + 2 * gap, dtype=torch.bool)
    for step in range(2 * gap + 1):
        out[held + step] = True
    return ~out[gap : n + gap]


def marked(n, held, before, after):
    """Slices around each held-out moment."""
    train = torch.ones(n, dtype=torch.bool)
    for h in held.tolist():
        train[max(h - before, 0) : h + after + 1] = False
    return train


def held_is_kept(n, held, gap):
    train = by_marking(n, held, gap)
    train[held] = True
    return train


def slices_that_wrap(n, held, gap):
    """A negative index is the end of the recording."""
    train = torch.ones(n, dtype=torch.bool)
    for h in held.tolist():
        for t in range(h - gap, min(h + gap + 1, n)):
            train[t] = False
    return train


def in_a_circle(n, held, gap):
    train = torch.ones(n, dtype=torch.bool)
    for step in range(-gap, gap + 1):
        train[(held + step) % n] = False
    return train


def one_stretch(n, held, gap):
    t = torch.arange(n)
    return (t < held.min() - gap) | (t > held.max() + gap)


def from_first_to_last(n, held, gap):
    train = torch.ones(n, dtype=torch.bool)
    first, last = held[0].item(), held[-1].item()
    train[max(first - gap, 0) : max(last + gap + 1, 0)] = False
    return train


def slices_from_below_zero(n, held, gap):
    train = torch.ones(n, dtype=torch.bool)
    for h in sorted(held.tolist()):
        train[h - gap : h + gap + 1] = False
    return train


def one_slice(n, held, gap):
    train = torch.ones(n, dtype=torch.bool)
    first, last = min(held.tolist()), max(held.tolist())
    train[first - gap : last + gap + 1] = False
    return train


def near_all_of_them(n, held, gap):
    """`any` where `all` is meant."""
    return torch.tensor([any(abs(h - t) > gap for h in held) for t in range(n)])


WRONG = [
    wrong("it is inverted", lambda n, held, gap: ~by_loops(n, held, gap)),
    wrong("they are at a distance of 0", held_is_kept),
    wrong("the gap has no effect", lambda n, held, gap: marked(n, held, 0, 0)),
    wrong("only *after*", lambda n, held, gap: marked(n, held, 0, gap)),
    wrong("only *before*", lambda n, held, gap: marked(n, held, gap, 0)),
    wrong(
        "exactly `gap` steps away is out",
        lambda n, held, gap: marked(n, held, gap - 1, gap - 1),
    ),
    wrong("too wide", lambda n, held, gap: marked(n, held, gap + 1, gap + 1)),
    wrong("near *every* held-out moment", near_all_of_them),
    wrong("share it between", lambda n, h, gap: marked(n, h, gap // 2, gap // 2)),
    wrong("a slice that begins before 0", slices_from_below_zero),
    wrong("a slice that begins before 0", one_slice),
    wrong("the gap wraps around", slices_that_wrap),
    wrong("the gap wraps around", in_a_circle),
    wrong("from the first to the last", one_stretch),
    wrong("need not be the outermost", from_first_to_last),
    wrong("a slice stops before", lambda n, h, gap: marked(n, h, gap, gap - 1)),
    wrong("return a torch tensor", lambda *x: np.array(by_loops(*x))),
    wrong("shape is", lambda n, h, gap: by_loops(n, h, gap).nonzero()[:, 0] > 0),
    wrong("should be bool", lambda n, h, gap: by_loops(n, h, gap).long()),
]

RIGHT = [by_loops, by_marking, by_spreading]


def INPUTS(generator):
    """Scattered, stretches at every place, all of it; gaps from 0."""
    for n, n_held, gap in ((1, 1, 0), (17, 2, 1), (29, 4, 3), (13, 13, 2)):
        yield dict(n=n, held=torch.randperm(n, generator=generator)[:n_held], gap=gap)
    first = int(torch.randint(16, (1,), generator=generator))
    yield dict(n=19, held=torch.arange(first, first + 4), gap=5)
