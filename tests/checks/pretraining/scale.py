from heedful.checks.pretraining import check_scale

from ..specimens import wrong

GOOD = (3.19, float("nan"), 2.74, 2.75)  # as measured; the sum may give 5.56, too


def measured(*losses, prediction="A"):
    """A prediction, and a `my_measure` with the numbers of real runs of this kind."""
    keys = [(name, s) for name in ("gradient descent", "Adam") for s in (False, True)]
    table = dict(zip(keys, losses))
    return lambda: prediction, lambda optimizer, summed: table[optimizer, summed]


def unwritten(optimizer, summed):
    raise NotImplementedError


CHECK = check_scale

WRONG = [
    wrong("what `evaluate(model, UNREAD)` returns", measured(0.02, 5.56, 0.01, 0.03)),
    wrong("the same to the last digit", measured(3.19, 3.19, 2.74, 2.74)),
    wrong("use `new_optimizer", measured(2.74, 2.75, 2.74, 2.75)),
    wrong("is the `if` the wrong way", measured(5.56, 3.19, 2.75, 2.74)),
    wrong("is the `if` the wrong way", measured(float("nan"), 3.19, 2.75, 2.74)),
    wrong("Is `optimizer.step()` called", measured(5.57, 5.58, 5.59, 5.6)),
    wrong("Is `optimizer.step()` called", measured(5.58, 5.58, 5.58, 5.58)),
    wrong("a new model in each call", measured(3.19, *[float("nan")] * 3)),
    wrong("not in nats per token", measured(3.19, 1900.0, 2.74, 1408.0)),
    wrong("must return one number: nats per token", measured((1, 2), 3.0, 2.0, 2.1)),
    wrong("`return` missing?", measured(None, None, None, None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B', 'C' or 'D', not 'E'", measured(*GOOD, prediction="E")),
]

RIGHT = [measured(*GOOD), measured(3.25, 5.56, 2.73, 2.74, prediction="B")]
