from heedful.checks.encoding import check_capitals

from ..specimens import wrong


def measured(written, shouted, prediction="A"):
    """A prediction, and a `my_measure` with the numbers of real runs of this kind."""
    return lambda: prediction, lambda capitals: shouted if capitals else written


def unwritten(capitals):
    raise NotImplementedError


CHECK = check_capitals

WRONG = [
    wrong("a text of no tokens", measured(0.0, 0.0)),
    wrong("a number of tokens", measured(90, 240)),
    wrong("tokens and characters the wrong way round", measured(3.1, 1.4)),
    wrong("nothing changes in capitals", measured(0.3, 0.3)),
    wrong("nothing changes in capitals", measured(0.75, 0.75)),
    wrong("`if` the wrong way round", measured(0.75, 0.3)),
    wrong("leave most letters small", measured(0.44, 0.52)),
    wrong("divide by the number of words", measured(2.25, 3.66)),
    wrong("nearly every letter is a token", measured(0.7, 1.0)),
    wrong("must return one number", measured((0.3, 0.7), (0.3, 0.7))),
    wrong("`return` missing?", measured(None, None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(0.3, 0.7, "D")),
]

RIGHT = [measured(0.31, 0.75, "A"), measured([0.28], [0.8], "C")]
