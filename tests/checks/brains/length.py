from heedful.checks.brains import check_length

from ..specimens import wrong

CHECK = check_length


def measured(short, long, honest, prediction="A"):
    """A prediction, and a `my_measure` with the numbers of a run of this kind."""

    def my_measure(n, shuffled):
        if not shuffled:
            return honest
        return short if n == 200 else long

    return lambda: prediction, my_measure


def unwritten(n, shuffled):
    raise NotImplementedError


WRONG = [
    wrong("even in stretches of time", measured(0.98, 0.98, 0.97)),
    wrong("nothing is found anywhere", measured(0.06, 0.03, 0.03)),
    wrong("are the two swapped?", measured(0.04, 0.03, 0.93)),
    wrong("is `n` used?", measured(0.92, 0.92, 0.03)),
    wrong("give away more than that", measured(0.51, 0.53, 0.01)),
    wrong("leave out a gap of 10", measured(0.92, 0.93, 0.12)),
    wrong("leave out a gap of 10", measured(0.92, 0.93, 0.24)),
    wrong("between -1 and 1", measured(92.0, 93.0, 3.0)),
    wrong("were they given a gap?", measured(float("nan"), float("nan"), 0.03)),
    wrong("the prediction does not vary", measured(0.92, 0.93, float("nan"))),
    wrong("is `shuffled` used", measured(0.92, 0.93, 0.93)),
    wrong("a share of variance", measured(0.85, 0.86, -0.05)),
    wrong("Give `correlation` the folds", measured(0.92, 0.93, -0.27)),
    wrong("must return one number: r", measured([0.9, 0.8], 0.93, 0.03)),
    wrong("`return` missing?", measured(None, None, None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(0.92, 0.93, 0.03, "D")),
    wrong("predict 'A', 'B' or 'C'", measured(0.92, 0.93, 0.03, "it stays")),
]

RIGHT = [
    measured(0.92, 0.93, 0.03, "A"),
    measured([0.91], 0.94, -0.04, "B"),
]
