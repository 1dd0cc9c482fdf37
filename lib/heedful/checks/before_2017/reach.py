"""The exercise on the receptive field: which inputs an output depends on at all."""

from collections.abc import Callable, Iterator
from itertools import product

from torch import Generator, randint

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import receptive_field


def reach(kernel_size: int, dilations: list[int]) -> list[int]:
    """The right answer: every sum of one way back for each layer."""
    return sorted({*_sums(range(kernel_size))(kernel_size, dilations)})


def _sums(taps: range | None = None) -> Callable[[int, list[int]], list[int]]:
    """One tap for each layer, times its dilation, summed; in any order, repeated."""

    def sums(kernel_size: int, dilations: list[int]) -> list[int]:
        own = range(kernel_size) if taps is None else taps
        ways = product(*([j * d for j in own] for d in dilations))
        return [sum(way) for way in ways]

    return sums


def _of(change: Callable[[int, list[int]], tuple[range, list[int]]]) -> Callable:
    """What `reach` returns with other taps or other dilations."""

    def changed(kernel_size: int, dilations: list[int]) -> list[int]:
        taps, others = change(kernel_size, dilations)
        return sorted({*_sums(taps)(kernel_size, others)})

    return changed


def _multiplied(dilations: list[int]) -> list[int]:
    products = [1]
    for dilation in dilations:
        products.append(products[-1] * dilation)
    return products[1:]


def _cases(generator: Generator) -> Iterator[Inputs]:
    """With gaps, without, and with the same distance reached in two ways."""
    yield dict(kernel_size=2, dilations=[2, 5])
    yield dict(kernel_size=3, dilations=[1])
    yield dict(kernel_size=3, dilations=[1, 1, 4])
    yield dict(kernel_size=2, dilations=[1, 2, 4, 8])
    yield dict(kernel_size=5, dilations=[])
    for kernel_size in (2, 3, 4):
        dilations = randint(1, 12, (3,), generator=generator).tolist()
        yield dict(kernel_size=kernel_size, dilations=dilations)


check_reach = Task(
    name="reach",
    right=reach,
    cases=_cases,
    compared="every distance; with gaps and without",
    hints=(
        "Go back through the network from the output. The top layer looks at "
        "`kernel_size` places; each of these looks at as many in the layer below.",
        "Keep a set of distances, at first only {0}. What does one layer make of it?",
        "`{back + j * d for back in seen for j in range(kernel_size)}`",
    ),
    mistakes=(
        (
            "you give all distances up to the end of the receptive field, but the "
            "dilations leave gaps: some inputs in between are never seen",
            lambda k, dilations: [*range(receptive_field(k, dilations))],
        ),
        (
            "the layers are on top of each other, not side by side: the ways back add "
            "up, one from each layer",
            lambda k, dilations: sorted({j * d for d in dilations for j in range(k)}),
        ),
        (
            "a kernel of k has k places, j = 0, 1, ... k - 1; yours has one more",
            _of(lambda k, dilations: (range(k + 1), dilations)),
        ),
        (
            "j begins at 0: each kernel looks at its own position, too",
            _of(lambda k, dilations: (range(1, k + 1), dilations)),
        ),
        (
            "j begins at 0: each kernel looks at its own position, too",
            _of(lambda k, dilations: (range(1, k), dilations)),
        ),
        (
            "the dilation is not used: neighbours in a kernel are d positions apart",
            _of(lambda k, dilations: (range(k), [1] * len(dilations))),
        ),
        (
            "the dilation d is the distance between neighbours, not the number of "
            "positions left out between them",
            _of(lambda k, dilations: (range(k), [d + 1 for d in dilations])),
        ),
        (
            "a layer's dilation is counted in positions; it does not multiply those of "
            "the layers below",
            _of(lambda k, dilations: (range(k), _multiplied(dilations))),
        ),
        (
            "give distances, counted back from the output: 0 for its own position, "
            "then 1, 2, ...",
            lambda k, dilations: [-back for back in reach(k, dilations)],
        ),
        (
            "give distances, counted back from the output: 0 for its own position, "
            "then 1, 2, ...",
            lambda k, dilations: [-back for back in reach(k, dilations)][::-1],
        ),
        (
            "the output's own position is missing: in every layer j may be 0, and the "
            "sum of nothing is distance 0",
            lambda k, dilations: reach(k, dilations)[1:],
        ),
        (
            "the output's own position has distance 0, not 1",
            lambda k, dilations: [back + 1 for back in reach(k, dilations)],
        ),
        (
            "the distances are right, their order is not: the smallest first",
            lambda k, dilations: reach(k, dilations)[::-1],
        ),
        (
            "the distances are right, but not sorted, or named more than once",
            _sums(),
        ),
        (
            "a distance is named more than once: several ways lead to the same input",
            lambda k, dilations: sorted(_sums()(k, dilations)),
        ),
    ),
)
