"""The exercise on tiles: a product of two matrices that lie in slow memory."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.hardware.kernels import numbers_read, tiled_matmul

Key = tuple[slice, slice]
Result = tuple[Tensor, int]


class Slow:
    """A matrix in slow memory: `matrix[rows, columns]`, two slices, fetches a piece.

    `fetched` counts the numbers. A piece has at most `room` rows and columns: more do
    not fit into an SM.
    """

    def __init__(self, values: Tensor, room: int):
        self._values, self._room = values, room
        self.shape, self.fetched = tuple(values.shape), 0

    def __getitem__(self, key: Key) -> Tensor:
        sliced = isinstance(key, tuple) and len(key) == 2
        if not sliced or not all(isinstance(part, slice) for part in key):
            raise ValueError("fetch by two slices, matrix[top:bottom, left:right]")
        piece = self._values[key].clone()
        if max(piece.shape) > self._room:
            raise ValueError(
                f"a piece of {len(piece)} x {piece.size(1)} numbers does not fit into "
                f"an SM, which has room for {self._room} x {self._room}"
            )
        self.fetched += piece.numel()
        return piece


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Tiles that stick out on all sides, whole ones, and a long inner dimension."""
    for m, k, n, tile in ((4, 5, 7, 3), (6, 4, 2, 2), (5, 13, 3, 4)):
        yield matrices(m, k, n, tile, generator)


def matrices(m: int, k: int, n: int, tile: int, generator: Generator) -> Inputs:
    """Two matrices in slow memory, and how large a tile is to be."""
    a, b = (torch.randn(*s, generator=generator) for s in ((m, k), (k, n)))
    return dict(a=Slow(a, tile), b=Slow(b, tile), tile=tile)


def _whole(matrix: Slow) -> Tensor:
    return matrix._values


def _fetched(a: Slow, b: Slow, tile: int) -> int:
    return numbers_read(a.shape[0], b.shape[1], a.shape[1], tile)


def right(a: Slow, b: Slow, tile: int) -> Result:
    """The product, and what the chapter's formula says was fetched."""
    product = tiled_matmul(_whole(a), _whole(b), tile)
    return product, _fetched(a, b, tile)


def _other_count(count: Callable[[Slow, Slow, int], int | float]) -> Callable:
    return lambda a, b, tile: (_whole(a) @ _whole(b), count(a, b, tile))


def _last_piece(a: Slow, b: Slow, tile: int) -> Result:
    """`=` for `+=`."""
    start = (a.shape[1] - 1) // tile * tile
    return _whole(a)[:, start:] @ _whole(b)[start:], _fetched(a, b, tile)


def _n_numbers(*matrices: Slow) -> int:
    return sum(m.shape[0] * m.shape[1] for m in matrices)


def _strips(matrix: Slow, axis: int, tile: int) -> int:
    return -(-matrix.shape[axis] // tile)


def _full_only(inner_too: bool) -> Callable[[Slow, Slow, int], Result]:
    """What sticks out over the last full tile is left out."""

    def product(a: Slow, b: Slow, tile: int) -> Result:
        m, k, n = (s // tile * tile for s in (*a.shape, b.shape[1]))
        k = k if inner_too else a.shape[1]
        c = torch.zeros(a.shape[0], b.shape[1])
        c[:m, :n] = _whole(a)[:m, :k] @ _whole(b)[:k, :n]
        return c, numbers_read(m, n, k, tile)

    return product


def _inner_full_only(a: Slow, b: Slow, tile: int) -> Result:
    k = a.shape[1] // tile * tile
    product = _whole(a)[:, :k] @ _whole(b)[:k]
    return product, numbers_read(a.shape[0], b.shape[1], k, tile)


check_product = Task(
    name="product in tiles",
    right=right,
    cases=_cases,
    compared="the product and what was fetched; also with tiles that stick out",
    parts=("product", "fetched"),
    hints=(
        "Three loops: over the rows of the result, tile by tile; over its columns; and "
        "for each tile of the result over the inner dimension, tile by tile.",
        "Before the innermost loop set a tile of zeros. In it, fetch one piece of `a` "
        "and one of `b`, multiply them, and add the product to the tile.",
        "`total += a[i : i + tile, k : k + tile] @ b[k : k + tile, j : j + tile]`; "
        "behind the innermost loop `c[i : i + tile, j : j + tile] = total`.",
    ),
    mistakes=(
        (
            "the product is right, but each piece is fetched twice; fetch it once, "
            "keep it in a variable and use that. (Or did you count bytes?)",
            _other_count(lambda a, b, tile: 2 * _fetched(a, b, tile)),
        ),
        (
            "the product is right, but each number of the result fetches its own row "
            "and column, as with tiles of 1; fetch a piece once for a whole tile",
            _other_count(lambda a, b, tile: _fetched(a, b, 1)),
        ),
        (
            "this fetches each number only once. Then the SM would have to hold whole "
            "matrices; it has room for the tile of the result and one piece of each",
            _other_count(lambda a, b, tile: _n_numbers(a, b)),
        ),
        (
            "each piece of `a` is fetched once only, so a whole strip of the result is "
            "open at the same time; finish one tile of the result, then begin the next",
            _other_count(
                lambda a, b, tile: _n_numbers(a) + _strips(a, 0, tile) * _n_numbers(b)
            ),
        ),
        (
            "each piece of `b` is fetched once only, so a whole strip of the result is "
            "open at the same time; finish one tile of the result, then begin the next",
            _other_count(
                lambda a, b, tile: _n_numbers(b) + _strips(b, 1, tile) * _n_numbers(a)
            ),
        ),
        (
            "`b` is fetched, too: return a.fetched + b.fetched",
            _other_count(
                lambda a, b, tile: _strips(b, 1, tile) * _n_numbers(a),
            ),
        ),
        (
            "`a` is fetched, too: return a.fetched + b.fetched",
            _other_count(
                lambda a, b, tile: _strips(a, 0, tile) * _n_numbers(b),
            ),
        ),
        (
            "return how many numbers were fetched when all is done: you asked "
            "`fetched` before",
            _other_count(lambda a, b, tile: 0),
        ),
        (
            "only the last piece of the inner dimension is in the result: add the "
            "products of all pieces, `+=`",
            _last_piece,
        ),
        (
            "the last tiles stick out over the result, and you left them out: begin a "
            "tile at each start that lies inside, range(0, length, tile)",
            _full_only(inner_too=True),
        ),
        (
            "the last tiles of the result are left out: they stick out, but their part "
            "inside counts; range(0, length, tile) has their starts",
            _full_only(inner_too=False),
        ),
        (
            "the rest of the inner dimension, behind its last full piece, is left out: "
            "range(0, length, tile) has its start, too",
            _inner_full_only,
        ),
    ),
)
