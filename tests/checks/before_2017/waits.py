from functools import cache

from heedful.checks.before_2017 import check_waits

from ..specimens import wrong

GIVEN = (100, 3, 5)


def said(*numbers, given=GIVEN):
    return lambda: list(numbers), *given


def counted_on_the_grid():
    @cache
    def chain(t, layer):
        if t < 0 or layer < 0:
            return 0
        return 1 + max(chain(t - 1, layer), chain(t, layer - 1))

    rounds, reach = 0, 1
    while reach < 100:
        rounds, reach = rounds + 1, 2 * reach
    deep = [chain(t, 2) for t in range(100)][-1]
    return chain(99, 0), deep, rounds, 5, 1


CHECK = check_waits

WRONG = [
    wrong("need not finish a layer", said(100, 300, 7, 5, 1)),
    wrong("has to climb", said(100, 100, 7, 5, 1)),
    wrong("corner counts once", said(100, 103, 7, 5, 1)),
    wrong("not the arrows between", said(99, 102, 7, 5, 1)),
    wrong("not the arrows between", said(99, 101, 7, 5, 1)),
    wrong("rounds up", said(100, 102, 6, 5, 1)),
    wrong("up to a whole number", said(100, 102, 6.644, 5, 1)),
    wrong("down the row", said(100, 102, 100, 5, 1)),
    wrong("not only once", said(100, 102, 50, 5, 1)),
    wrong("never its own", said(100, 102, 7, 100, 1)),
    wrong("only the layers wait", said(100, 102, 7, 500, 1)),
    wrong("no grid to climb", said(100, 102, 7, 104, 1)),
    wrong("layers of a CNN wait", said(100, 102, 7, 1, 1)),
    wrong("much work, but no waiting", said(100, 102, 7, 5, 100)),
    wrong("pairs that attention compares", said(100, 102, 7, 5, 10_000)),
    wrong("need not finish a layer", said(70, 280, 7, 8, 1, given=(70, 4, 8))),
    wrong("has 4 entries, expected 5", said(100, 102, 7, 5)),
    wrong("return a list, not an int", (lambda: 100, *GIVEN)),
    wrong("need not finish a layer", said(100, 300, 6, 1, 100)),
]

RIGHT = [
    (counted_on_the_grid, *GIVEN),
    said(100.0, 102.0, 7.0, 5.0, 1.0),
    said(64, 67, 6, 8, 1, given=(64, 4, 8)),
]
