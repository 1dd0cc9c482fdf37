from heedful.checks.brains import check_bucket

from ..specimens import UNKNOWN, wrong

PULSES = [0.8, 0.3, 0.8, 0.8, 0.0, 0.4, 0.7]
OTHERS = [0.6, 0.5, 0.6, 0.0, 0.9, 0.6, 0.8]


def said(*numbers, given=PULSES):
    return lambda: list(numbers), given


def by_a_program():
    potential, after = 0, []
    for pulse in PULSES:
        potential -= 0.5 * potential
        potential += pulse
        if potential > 0.999:
            potential = 0
        after.append(potential)
    return after


CHECK = check_bucket

WRONG = [
    wrong("nothing has leaked", said(0.8, 0, 0.8, 0, 0, 0.4, 0)),
    wrong("lost by half, not altogether", said(*PULSES)),
    wrong("halve first, then add", said(0.4, 0.35, 0.575, 0.6875, 0.34, 0.37, 0.54)),
    wrong("not a half each time", said(0.8, 0.6, 0.9, 0, 0, 0.4, 0.7)),
    wrong("part above the threshold", said(0.8, 0.7, 0.15, 0.875, 0.44, 0.62, 0.01)),
    wrong("empties the neuron", said(0.8, 0.7, 1.15, 1.375, 0.69, 0.74, 1.07)),
    wrong("where it fires, write 0", said(0.8, 0.7, 1.15, 0.8, 0.4, 0.6, 1.0)),
    wrong("1 is enough", said(0.8, 0.7, 0, 0.8, 0.4, 0.6, 1.0)),
    wrong("it listens again", said(0.8, 0.7, 0, 0, 0, 0.4, 0.9)),
    wrong("a 1 for a spike", said(0, 0, 1, 0, 0, 0, 1)),
    wrong("nothing has leaked", said(0.6, 0, 0.6, 0.6, 0, 0.6, 0, given=OTHERS)),
    wrong("has 2 entries, expected 7", said(3, 7)),
    wrong("return a list, not an int", (lambda: 2, PULSES)),
    wrong(UNKNOWN, said(0.8, 0.7, 0, 0.8, 0.4, 0.5, 0.9)),
]

RIGHT = [
    (by_a_program, PULSES),
    said(0.8, 0.7, 0, 0.8, 0.4, 0.6, 0),
    said(0.6, 0.8, 0, 0, 0.9, 0, 0.8, given=OTHERS),
]
