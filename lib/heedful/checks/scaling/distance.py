"""The exercise on fitting: how far a law is from the runs that were measured."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.scaling import SurfaceLaw

Column = np.ndarray
Misses = Callable[[Column, Column], Column]
Price = Callable[[Column, float], Column]


def logs(loss: Column, said: Column) -> Column:
    """The misses: by how much each run lies above what the law says."""
    return np.log(loss) - np.log(said)


def huber(miss: Column, delta: float) -> Column:
    """Squares near 0, sizes beyond."""
    size = np.abs(miss)
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))


def _distance(
    misses: Misses = logs,
    price: Price = huber,
    total: Callable[[Column], float] = np.sum,
) -> Callable[..., float]:
    def distance(law, n, d, loss, delta) -> float:
        return float(total(price(misses(loss, law(n, d)), delta)))

    return distance


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Five fixed runs of which one failed; then sweeps with luck of their own."""
    law = SurfaceLaw(1.8, 12.0, 40.0, 0.35, 0.37)
    n, d = (
        np.array([100.0, 200, 400, 800, 1600]),
        np.array([900.0, 300, 700, 200, 5000]),
    )
    luck = np.array([0.010, -0.014, 0.006, 0.120, -0.031])
    yield dict(law=law, n=n, d=d, loss=law(n, d) * np.exp(luck), delta=0.02)
    for n_runs, delta in ((7, 0.01), (13, 0.03), (11, 0.05)):
        yield sweep(generator, n_runs, delta)


def sweep(generator: Generator, n_runs: int, delta: float) -> Inputs:
    """Runs that miss a law by about twice `delta`, and the law or one beside it."""

    def draw(low: float, high: float, n: int) -> Column:
        return low + (high - low) * torch.rand(n, generator=generator).double().numpy()

    e, alpha, beta = draw(1.5, 1.9, 1)[0], draw(0.3, 0.4, 1)[0], draw(0.3, 0.4, 1)[0]
    law = SurfaceLaw(float(e), 480.0, 900.0, float(alpha), float(beta))
    n, d = 10 ** draw(6, 8, n_runs), 10 ** draw(8.3, 10, n_runs)
    luck = 2 * delta * torch.randn(n_runs, generator=generator).double().numpy()
    luck[0], luck[1] = delta / 3, 8 * delta  # one within delta, one that failed
    return dict(law=law, n=n, d=d, loss=law(n, d) * np.exp(luck), delta=delta)


def _far(size: Column, delta: float) -> Column:
    return delta * (size - delta / 2)


def _pieces(
    far: Price, near: Callable[[Column], Column] = lambda size: size**2 / 2
) -> Price:
    """A price of two parts, one of which may be wrong."""

    def price(miss: Column, delta: float) -> Column:
        size = np.abs(miss)
        return np.where(size <= delta, near(size), far(size, delta))

    return price


def _swapped(law, n, d, loss, delta) -> float:
    return _distance()(law, d, n, loss, delta)


check_distance = Task(
    name="distance",
    right=_distance(),
    cases=_cases,
    compared="values; runs that missed by little and by much",
    rtol=1e-4,
    atol=1e-9,
    hints=(
        "`law(n, d)` gives the losses that the law says, one for each run. First make "
        "the misses, all at once, then their prices, then the sum.",
        "`np.where(condition, a, b)` takes each entry from `a` where the condition "
        "holds and from `b` where it does not.",
        "`size = np.abs(np.log(loss) - np.log(law(n, d)))`, then `np.where(size <= "
        "delta, size**2 / 2, delta * (size - delta / 2)).sum()`",
    ),
    mistakes=(
        (
            "you compare the losses themselves; take the logarithm of each, so that "
            "1 % counts the same at every loss",
            _distance(misses=lambda loss, said: loss - said),
        ),
        (
            "that is the logarithm to base 10; take the natural one, or `delta` means "
            "another share of the loss",
            _distance(misses=lambda loss, said: np.log10(loss / said)),
        ),
        (
            "that is the logarithm to base 2; take the natural one, or `delta` means "
            "another share of the loss",
            _distance(misses=lambda loss, said: np.log2(loss / said)),
        ),
        (
            "a ratio minus 1 is nearly the difference of the logarithms, but too high "
            "a loss and too low a one are not alike in it",
            _distance(misses=lambda loss, said: loss / said - 1),
        ),
        (
            "a ratio minus 1 is nearly the difference of the logarithms, but too high "
            "a loss and too low a one are not alike in it",
            _distance(misses=lambda loss, said: said / loss - 1),
        ),
        (
            "all misses are squared: one failed run counts for hundreds, and bends the "
            "law. Beyond `delta` a miss counts by its size",
            _distance(price=lambda miss, delta: miss**2 / 2),
        ),
        (
            "all misses are squared, and not even halved: one failed run bends the "
            "law. Beyond `delta` a miss counts by its size",
            _distance(price=lambda miss, delta: miss**2),
        ),
        (
            "within `delta` a miss counts by its square, half of it; you take sizes "
            "everywhere",
            _distance(price=lambda miss, delta: delta * (np.abs(miss) - delta / 2)),
        ),
        (
            "these are plain sizes; the price has two parts, squares within `delta` "
            "and sizes beyond it",
            _distance(price=lambda miss, delta: np.abs(miss)),
        ),
        (
            "at `delta` your price jumps: the two parts meet only if delta / 2 is "
            "taken off the size",
            _distance(price=_pieces(lambda size, delta: delta * size)),
        ),
        (
            "at `delta` your price jumps: beyond it the size, less delta / 2, is "
            "multiplied by delta",
            _distance(price=_pieces(lambda size, delta: size - delta / 2)),
        ),
        (
            "at `delta` your price jumps: beyond it, too, the size is multiplied by "
            "delta, and delta / 2 is taken off before that",
            _distance(price=_pieces(lambda size, delta: size)),
        ),
        (
            "at `delta` your price jumps: take off only half of `delta`, so that the "
            "two parts meet",
            _distance(price=_pieces(lambda size, delta: delta * (size - delta))),
        ),
        (
            "at `delta` your price jumps: delta / 2 is taken off the size before delta "
            "multiplies, so mind the brackets",
            _distance(price=_pieces(lambda size, delta: delta * size - delta / 2)),
        ),
        (
            "all prices are twice too high: half of the square within `delta`, and "
            "delta times (size - delta / 2) beyond",
            _distance(price=lambda miss, delta: 2 * huber(miss, delta)),
        ),
        (
            "all prices are divided by `delta` (as in PyTorch's `smooth_l1_loss`); "
            "`huber_loss` has those of the formula",
            _distance(price=lambda miss, delta: huber(miss, delta) / delta),
        ),
        (
            "the half belongs to the square as well: size**2 / 2 within `delta`",
            _distance(price=_pieces(_far, near=lambda size: size**2)),
        ),
        (
            "a miss that lies below 0 may be large, too: compare its *size* with "
            "`delta`",
            _distance(
                price=lambda miss, delta: np.where(
                    miss <= delta, miss**2 / 2, _far(np.abs(miss), delta)
                )
            ),
        ),
        (
            "a run below the law pulls with the wrong sign: beyond `delta` take the "
            "*size* of the miss",
            _distance(
                price=lambda miss, delta: np.where(
                    np.abs(miss) <= delta, miss**2 / 2, _far(miss, delta)
                )
            ),
        ),
        (
            "the two cases have changed places: squares *within* `delta`, sizes beyond",
            _distance(
                price=lambda miss, delta: np.where(
                    np.abs(miss) > delta, miss**2 / 2, _far(np.abs(miss), delta)
                )
            ),
        ),
        (
            "a failed run does not count at all here; it should count by its size, "
            "however far it is",
            _distance(price=_pieces(lambda size, delta: 0 * size)),
        ),
        (
            "beyond `delta` all misses cost the same here, so nothing pulls a law back "
            "that is far away; let them count by their size",
            _distance(price=_pieces(lambda size, delta: delta**2 / 2 + 0 * size)),
        ),
        (
            "return the sum; a mean is so small that a search may think it has "
            "arrived. That happened to the authors of the law",
            _distance(total=np.mean),
        ),
        (
            "each run has its own price; you add up the misses first, where those "
            "above and those below cancel",
            _distance(misses=lambda loss, said: np.array([logs(loss, said).sum()])),
        ),
        ("parameters come first: law(n, d), not law(d, n)", _swapped),
    ),
)
