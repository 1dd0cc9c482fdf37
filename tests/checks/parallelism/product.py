import torch

from heedful.checks.parallelism import check_product
from heedful.checks.parallelism.product import matrices

from ..specimens import UNKNOWN, wrong

CHECK = check_product


def starts(length, tile):
    return range(0, length, tile)


def tile_of(a, b, tile, i, j, ends=None):
    """One tile of the result, its inner pieces added up."""
    end = a.shape[1] if ends is None else ends
    pieces = [
        a[i : i + tile, k : k + tile] @ b[k : k + tile, j : j + tile]
        for k in starts(end, tile)
    ]
    return torch.stack(pieces).sum(0)


def by_joining(a, b, tile):
    rows = [
        torch.cat([tile_of(a, b, tile, i, j) for j in starts(b.shape[1], tile)], 1)
        for i in starts(a.shape[0], tile)
    ]
    return torch.cat(rows), a.fetched + b.fetched


def columns_first(a, b, tile):
    """The loops in another order, and the pieces used number by number."""
    c = torch.zeros(a.shape[0], b.shape[1])
    for j in starts(b.shape[1], tile):
        for i in starts(a.shape[0], tile):
            for k in starts(a.shape[1], tile):
                left = a[i : i + tile, k : k + tile]
                right = b[k : k + tile, j : j + tile]
                for row in range(len(left)):
                    for column in range(right.size(1)):
                        c[i + row, j + column] += left[row] @ right[:, column]
    return [c, torch.tensor(a.fetched + b.fetched)]


def twice(a, b, tile):
    by_joining(a, b, tile)
    return by_joining(a, b, tile)


def number_by_number(a, b, tile):
    c = torch.zeros(a.shape[0], b.shape[1])
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += (a[i : i + 1, k : k + 1] * b[k : k + 1, j : j + 1]).item()
    return c, a.fetched + b.fetched


def piece_by_piece(a, b, tile, keep_a=True, keep_b=True):
    """Pieces that are kept are fetched but once."""
    kept = {}
    c = torch.zeros(a.shape[0], b.shape[1])

    def piece(name, matrix, i, j, keep):
        if not keep or (name, i, j) not in kept:
            kept[name, i, j] = matrix[i : i + tile, j : j + tile]
        return kept[name, i, j]

    for i in starts(a.shape[0], tile):
        for j in starts(b.shape[1], tile):
            for k in starts(a.shape[1], tile):
                left = piece("a", a, i, k, keep_a)
                right = piece("b", b, k, j, keep_b)
                c[i : i + tile, j : j + tile] += left @ right
    return c, a.fetched + b.fetched


def overwritten(a, b, tile):
    c = torch.zeros(a.shape[0], b.shape[1])
    for i in starts(a.shape[0], tile):
        for j in starts(b.shape[1], tile):
            for k in starts(a.shape[1], tile):
                c[i : i + tile, j : j + tile] = (
                    a[i : i + tile, k : k + tile] @ b[k : k + tile, j : j + tile]
                )
    return c, a.fetched + b.fetched


def full_tiles_only(a, b, tile, inner=True, outer=True):
    (m, k), n = a.shape, b.shape[1]
    c = torch.zeros(m, n)
    k = k // tile * tile if inner else k
    m, n = (m // tile * tile, n // tile * tile) if outer else (m, n)
    for i in starts(m, tile):
        for j in starts(n, tile):
            part = tile_of(a, b, tile, i, j, ends=k)
            c[i : i + tile, j : j + tile] = part
    return c, a.fetched + b.fetched


def whole_rows(a, b, tile):
    c = torch.zeros(a.shape[0], b.shape[1])
    for i in starts(a.shape[0], tile):
        for j in starts(b.shape[1], tile):
            c[i : i + tile, j : j + tile] = a[i : i + tile, :] @ b[:, j : j + tile]
    return c, a.fetched + b.fetched


def asked_before(a, b, tile):
    fetched = a.fetched + b.fetched
    return by_joining(a, b, tile)[0], fetched


WRONG = [
    wrong("is fetched twice", twice),
    wrong(
        "Or did you count bytes",
        lambda a, b, tile: (by_joining(a, b, tile)[0], 2 * (a.fetched + b.fetched)),
    ),
    wrong("as with tiles of 1", number_by_number),
    wrong("hold whole matrices", piece_by_piece),
    wrong("piece of `a` is fetched once", lambda *x: piece_by_piece(*x, True, False)),
    wrong("piece of `b` is fetched once", lambda *x: piece_by_piece(*x, False, True)),
    wrong("`b` is fetched, too", lambda a, b, t: (by_joining(a, b, t)[0], a.fetched)),
    wrong("`a` is fetched, too", lambda a, b, t: (by_joining(a, b, t)[0], b.fetched)),
    wrong("you asked `fetched` before", asked_before),
    wrong("only the last piece", overwritten),
    wrong("the last tiles stick out over the result", full_tiles_only),
    wrong(
        "their part inside counts",
        lambda a, b, tile: full_tiles_only(a, b, tile, inner=False),
    ),
    wrong(
        "rest of the inner dimension",
        lambda a, b, tile: full_tiles_only(a, b, tile, outer=False),
    ),
    wrong("does not fit into an SM", whole_rows),
    wrong("fetch by two slices", lambda a, b, tile: (a[0] @ b[0], 0)),
    wrong("not supported", lambda a, b, tile: (a @ b, 0)),
    wrong("return 2 tensors", lambda a, b, tile: by_joining(a, b, tile)[0]),
    wrong(UNKNOWN, lambda a, b, tile: (by_joining(a, b, tile)[0], 7)),
]

RIGHT = [by_joining, columns_first]


def INPUTS(generator):
    for m, k, n, tile in ((3, 2, 5, 2), (2, 9, 7, 4), (5, 5, 5, 5)):
        yield matrices(m, k, n, tile, generator)
