import numpy as np
from scipy.optimize import fminbound

from heedful.checks.scaling import SIZES, check_cheapest
from heedful.checks.scaling.cheapest import question

from ..specimens import UNKNOWN, wrong

CHECK = check_cheapest


def read(law, n, loss):
    """Tokens that a model of n parameters needs, infinite if there are not enough."""
    left = loss - law.E - law.A / n**law.alpha
    return (law.B / left) ** (1 / law.beta) if left > 0 else float("inf")


def one_by_one(law, loss, answers):
    best, least = 0.0, float("inf")
    for n in SIZES.tolist():
        total = 6 * n * read(law, n, loss) + 2 * n * answers
        if total < least:
            best, least = n, total
    return best


def with_nan(law, loss, answers):
    with np.errstate(invalid="ignore"):
        d = (law.B / (loss - law.E - law.A / SIZES**law.alpha)) ** (1 / law.beta)
    return SIZES[np.nanargmin(SIZES * (3 * d + answers))]


def by_a_search(law, loss, answers):
    """Between the sizes as well."""

    def total(log_n):
        n = np.exp(log_n)
        return np.log(3 * n * read(law, n, loss) + n * answers)

    low = np.log(law.A / (loss - law.E)) / law.alpha
    return np.exp(fminbound(total, low + 1e-6, low + 12))


def paying(price, tokens=read):
    """The cheapest by another bill, or with other tokens."""

    def cheapest(law, loss, answers):
        totals = [price(n, tokens(law, n, loss), answers) for n in SIZES.tolist()]
        return SIZES[np.argmin(totals)]

    return cheapest


def bill(n, d, answers):
    return 6 * n * d + 2 * n * answers


def no_offset(law, n, loss):
    return read(law, n, loss + law.E)


def the_wrong_way_up(law, n, loss):
    left = loss - law.E - law.A / n**law.alpha
    return (law.B / left) ** law.beta if left > 0 else float("inf")


def no_root(law, n, loss):
    left = loss - law.E - law.A / n**law.alpha
    return law.B / left if left > 0 else float("inf")


def exchanged(law, n, loss):
    left = loss - law.E - law.B / n**law.beta
    return (law.A / left) ** (1 / law.alpha) if left > 0 else float("inf")


def first_nan(law, loss, answers):
    with np.errstate(invalid="ignore"):
        d = (law.B / (loss - law.E - law.A / SIZES**law.alpha)) ** (1 / law.beta)
    return SIZES[np.argmin(6 * SIZES * d + 2 * SIZES * answers)]


def its_tokens(law, loss, answers):
    return read(law, one_by_one(law, loss, answers), loss)


def its_price(law, loss, answers):
    n = one_by_one(law, loss, answers)
    return bill(n, read(law, n, loss), answers)


def twenty_for_each(law, loss, answers):
    return next(n for n in SIZES if law(n, 20 * n) <= loss)


def smallest(law, loss, answers):
    return next(n for n in SIZES if read(law, n, loss) < float("inf"))


def half_and_half(law, loss, answers):
    return ((loss - law.E) / 2 / law.A) ** (-1 / law.alpha)


def place(law, loss, answers):
    return SIZES.tolist().index(one_by_one(law, loss, answers))


def looked_up_in_all(law, loss, answers):
    left = loss - law.E - law.A / SIZES**law.alpha
    d = (law.B / left[left > 0]) ** (1 / law.beta)
    return SIZES[bill(SIZES[left > 0], d, answers).argmin()]


WRONG = [
    wrong("a place in the list", place),
    wrong("look it up in those that were left", looked_up_in_all),
    wrong("cheapest to *train*", paying(lambda n, d, answers: n * d)),
    wrong("to multiply and to add", paying(lambda n, d, a: n * (6 * d + a))),
    wrong("cost the same", paying(lambda n, d, answers: 6 * n * (d + answers))),
    wrong("6 and the 2 have changed", paying(lambda n, d, a: 2 * n * d + 6 * n * a)),
    wrong("the offset is missing", paying(bill, no_offset)),
    wrong("not the power beta", paying(bill, the_wrong_way_up)),
    wrong("you left it out", paying(bill, no_root)),
    wrong("Or have A and alpha changed places", paying(bill, exchanged)),
    wrong("how many tokens it reads", its_tokens),
    wrong("the price in operations", its_price),
    wrong("is a rule for the cheapest", twenty_for_each),
    wrong("read immensely much", smallest),
    wrong("you gave one half", half_and_half),
    wrong("stops at the first NaN", first_nan),
    wrong("return a number", lambda law, loss, answers: SIZES),
    wrong(UNKNOWN, lambda law, loss, answers: 2 * one_by_one(law, loss, answers)),
]

RIGHT = [one_by_one, with_nan, by_a_search]


def INPUTS(generator):
    for answers in (0.0, 3e12, 5e13):
        yield question(generator, answers)
