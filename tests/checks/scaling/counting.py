from heedful.checks.scaling import check_counting

from ..specimens import wrong

CHECK = check_counting


def measured(all_small, rest_small, rest_large, prediction="A"):
    """A prediction, and a `my_measure` with the exponents of a run of this kind."""

    def my_measure(everything_counts, budgets):
        if everything_counts:
            return all_small
        return rest_small if budgets[-1] < 1e22 else rest_large

    return lambda: prediction, my_measure


def unwritten(everything_counts, budgets):
    raise NotImplementedError


WRONG = [
    wrong("is NaN", measured(0.51, float("nan"), 0.51)),
    wrong("so grow the *tokens*", measured(0.487, 0.263, 0.486)),
    wrong("the axes are swapped", measured(1.951, 1.357, 1.945)),
    wrong("the law's own exponent", measured(0.0, 0.0, 0.0)),
    wrong("the law's own exponent", measured(0.74, 0.74, 0.51)),
    wrong("with *all* parameters", measured(0.5126, 0.5125, 0.5126)),
    wrong("C / 6 / (what is counted)", measured(0.5126, 0.7096, 0.5134)),
    wrong("return how the *counted* size grows", measured(0.5126, 0.5249, 0.5126)),
    wrong("how the *tokens* grow, not the size", measured(0.5126, 0.263, 0.486)),
    wrong("without the embedding cannot be", measured(0.5126, 0.9, 0.51)),
    wrong("is `budgets` used?", measured(0.5126, 0.737, 0.737)),
    wrong("must return one number: exponent", measured([0.5, 0.7], 0.7, 0.5)),
    wrong("`return` missing?", measured(None, None, None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(0.51, 0.74, 0.51, "D")),
    wrong("predict 'A', 'B' or 'C'", measured(0.51, 0.74, 0.51, "larger")),
]

RIGHT = [
    measured(0.5126, 0.737, 0.5141, "B"),
    measured([0.513], 0.737, 0.514, "C"),
]
