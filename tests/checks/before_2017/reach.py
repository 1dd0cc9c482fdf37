import numpy as np
from torch import randint

from heedful.checks.before_2017 import check_reach

from ..specimens import wrong


def walked(k, dilations, first=0, extra=0, unique=True):
    seen = [0]
    for d in dilations:
        seen = [s + j * d for s in seen for j in range(first, k + extra)]
    return sorted(set(seen)) if unique else seen


def side_by_side(k, dilations):
    return sorted({0} | {j * d for d in dilations for j in range(k)})


def without_gaps(k, dilations):
    return list(range(1 + (k - 1) * sum(dilations)))


def multiplied(k, dilations):
    seen, step = {0}, 1
    for d in dilations:
        step *= d
        seen |= {s + j * step for s in list(seen) for j in range(k)}
    return sorted(seen)


CHECK = check_reach

WRONG = [
    wrong("leave gaps", without_gaps),
    wrong("not side by side", side_by_side),
    wrong("yours has one more", lambda k, d: walked(k, d, extra=1)),
    wrong("looks at its own position", lambda k, d: walked(k, d, first=1)),
    wrong("looks at its own position", lambda k, d: walked(k, d, first=1, extra=1)),
    wrong("dilation is not used", lambda k, d: walked(k, [1 for _ in d])),
    wrong("left out between them", lambda k, d: walked(k, [x + 1 for x in d])),
    wrong("does not multiply those", multiplied),
    wrong("counted back from", lambda k, d: [-s for s in walked(k, d)]),
    wrong("counted back from", lambda k, d: sorted(-s for s in walked(k, d))),
    wrong("distance 0, not 1", lambda k, d: [1 + s for s in walked(k, d)]),
    wrong("the smallest first", lambda k, d: walked(k, d)[::-1]),
    wrong("not sorted", lambda k, d: walked(k, d, unique=False)),
    wrong("named more than once", lambda k, d: sorted(walked(k, d, unique=False))),
    wrong("return a list, not an int", lambda k, d: len(walked(k, d))),
    wrong("not a set", lambda k, d: set(walked(k, d))),
    wrong("own position is missing", lambda k, d: walked(k, d)[1:]),
]


def by_recursion(kernel_size, dilations):
    if not dilations:
        return [0]
    below = by_recursion(kernel_size, dilations[1:])
    found = []
    for j in range(kernel_size):
        found += [j * dilations[0] + back for back in below]
    return sorted(dict.fromkeys(found))


def by_convolving(kernel_size, dilations):
    seen = np.ones(1)
    for d in dilations:
        kernel = np.zeros((kernel_size - 1) * d + 1)
        kernel[::d] = 1
        seen = np.convolve(seen, kernel)
    return [int(s) for s in seen.nonzero()[0]]


RIGHT = [by_recursion, by_convolving]


def INPUTS(generator):
    for k in (1, 2, 3, 5):
        for n_layers in (0, 1, 2, 4):
            dilations = randint(1, 9, (n_layers,), generator=generator)
            yield dict(kernel_size=k, dilations=dilations.tolist())
