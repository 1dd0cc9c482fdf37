from heedful.checks.transformer import check_visible

from ..specimens import UNKNOWN, wrong


def said(*numbers, given=(6, 2, 7, 2)):
    return lambda: list(numbers), *given


def counted_by_a_program():
    source, target = [True] * 4 + [False] * 2, [True] * 5 + [False] * 2
    encoder = [key for query in source for key in source]
    back = [key and s <= t for t in range(7) for s, key in enumerate(target)]
    across = [key for query in target for key in source]
    return sum(encoder), sum(back), sum(across)


CHECK = check_visible

WRONG = [
    wrong("padding is left out as a query", said(16, 15, 20)),
    wrong("padding is left out as a query", said(24, 15, 28)),
    wrong("padding is not hidden", said(36, 28, 42)),
    wrong("padding is not hidden", said(36, 25, 28)),
    wrong("count the entries that are True", said(12, 24, 14)),
    wrong("a position may see itself", said(24, 20, 28)),
    wrong("no position may see the next token", said(24, 29, 28)),
    wrong("see what comes after it", said(24, 35, 28)),
    wrong("the queries are the target's", said(24, 25, 30)),
    wrong("nothing comes 'after'", said(24, 25, 22)),
    wrong("padding is not hidden", said(64, 10, 32, given=(8, 3, 4, 1))),
    wrong("has 2 entries, expected 3", said(24, 25)),
    wrong("return a list, not an int", (lambda: 24, 6, 2, 7, 2)),
    wrong(UNKNOWN, said(24, 20, 30)),
]

RIGHT = [
    (counted_by_a_program, 6, 2, 7, 2),
    said(24.0, 25.0, 28.0),
    said(40, 9, 20, given=(8, 3, 4, 1)),
]
