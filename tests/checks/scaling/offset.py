from heedful.checks.scaling import check_offset

from ..specimens import UNKNOWN, wrong

CHECK = check_offset
LOSSES = (3.0, 2.4, 2.1)
OTHERS = (2.4, 2.1, 1.9)


def said(*numbers, given=LOSSES):
    return lambda: list(numbers), *given


def step_by_step():
    """Fall after fall, until nothing is left to fall."""
    loss, fall = 2.1, 0.3
    factor, after = fall / 0.6, []
    for _ in range(60):
        fall = fall * factor
        loss = loss - fall
        after.append(loss)
    return after[-1], after[0], 2.1 * 2.1 / 2.4


WRONG = [
    wrong("where it comes to rest after all steps", said(1.95, 1.95, 1.84)),
    wrong("an offset of 0 is the straight line", said(0, 1.95, 1.84)),
    wrong("the falls do not stop there", said(2.1, 1.95, 1.84)),
    wrong("one fall too many", said(1.5, 1.95, 1.84)),
    wrong("above the offset; take it off", said(0.3, 1.95, 1.84)),
    wrong("they shrink, each by the same factor", said(1.8, 1.8, 1.84)),
    wrong("with an offset only what is above it does", said(1.8, 1.8375, 1.84)),
    wrong("as it did from the first", said(1.8, 1.68, 1.84)),
    wrong("applied to the loss itself", said(1.8, 1.05, 1.84)),
    wrong("you gave the fall", said(1.8, 0.15, 1.84)),
    wrong("on plain axes", said(1.8, 1.95, 1.8)),
    wrong("the first two points", said(1.8, 1.95, 1.68)),
    wrong("the first and the last point", said(1.8, 1.95, 1.757)),
    wrong("the line knows no offset", said(1.8, 1.95, 1.95)),
    wrong("have changed places", said(1.8, 1.84, 1.95)),
    wrong("one fall too many", said(1.5, 1.8, 1.84)),
    wrong("where it comes to rest", said(1.767, 1.767, 1.719, given=OTHERS)),
    wrong("give a digit more", said(1.8, 1.95, 1.82)),
    wrong("has 2 entries, expected 3", said(1.8, 1.95)),
    wrong("return a list, not a float", (lambda: 1.8, *LOSSES)),
    wrong(UNKNOWN, said(1.2, 1.95, 1.84)),
]

RIGHT = [
    (step_by_step, *LOSSES),
    said(1.8, 1.95, 1.84),
    said(1.5, 1.77, 1.72, given=OTHERS),
]
