from heedful.checks.start import check_towers

from ..specimens import wrong

ALL, NO_CROSS = (24, 36), (0, 28)


def measured(whole=ALL, faint=ALL, zeroed=NO_CROSS, prediction="A"):
    """A prediction, and a `my_measure` with the numbers of real runs of this kind."""
    numbers = {1.0: whole, 0.1: faint, 0.0: zeroed}
    return lambda: prediction, lambda keep: numbers[keep]


def unwritten(keep):
    raise NotImplementedError


CHECK = check_towers

WRONG = [
    wrong("nothing is pushed at all", measured((0, 0), (0, 0), (0, 0))),
    wrong("are swapped", measured((36, 24), (36, 24), (28, 0))),
    wrong("is it the loss of a fresh model", measured((24, 28))),
    wrong("is it the loss of a fresh model", measured((1.0, 1.0))),
    wrong("cut off from it", measured((0, 36), (0, 36), (0, 28))),
    wrong("`keep` changes nothing", measured(zeroed=ALL)),
    wrong("a tenth is still a memory", measured(faint=NO_CROSS)),
    wrong("nothing comes back to the encoder", measured(zeroed=(24, 28))),
    wrong("still reads what is written", measured(zeroed=(0, 0))),
    wrong("must return the numbers: encoder, decoder", measured(whole=24)),
    wrong("`return` missing?", measured(whole=None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(prediction="D")),
]

RIGHT = [measured(), measured([24, 36], [24.0, 36.0], [0, 28], prediction="C")]
