import torch

from heedful.checks.parallelism import check_merge
from heedful.checks.parallelism.merge import states

from ..specimens import UNKNOWN, wrong

CHECK = check_merge


def query_by_query(first, second):
    """The sums of the part with the smaller score are shrunk, the others kept."""
    rows = []
    for m, s, x, n, t, y in zip(*first, *second):
        if m >= n:
            shrink = torch.exp(n - m)
            rows.append((m, s + shrink * t, x + shrink * y))
        else:
            shrink = torch.exp(m - n)
            rows.append((n, shrink * s + t, shrink * x + y))
    return [torch.stack(column) for column in zip(*rows)]


def by_logarithms(first, second):
    """The sums as logarithms; what is shown for the mixture is their softmax."""
    (m, s, x), (n, t, y) = first, second
    largest = torch.where(m > n, m, n)
    logs = torch.logaddexp(m + s.log(), n + t.log())
    mixed = x * (m - largest).exp().unsqueeze(1) + y * (n - largest).exp().unsqueeze(1)
    return largest, (logs - largest).exp(), mixed


def with_factors(factors, top=torch.maximum):
    """Both parts times a factor each."""

    def merge(first, second):
        (m, s, x), (n, t, y) = first, second
        largest = top(m, n)
        a, b = factors(m, n, largest)
        return largest, a * s + b * t, (x.T * a + y.T * b).T

    return merge


def plain(first, second):
    return [torch.maximum(first[0], second[0]), *map(torch.add, first[1:], second[1:])]


def totals_only(*parts):
    good = query_by_query(*parts)
    return good[0], good[1], plain(*parts)[2]


def mixtures_only(*parts):
    good = query_by_query(*parts)
    return good[0], plain(*parts)[1], good[2]


def along_the_row(first, second):
    largest, total, _ = query_by_query(first, second)
    a, b = shrunk(first[0], second[0], largest)
    return largest, total, a * first[2] + b * second[2]


def divided(*parts):
    largest, total, mixed = query_by_query(*parts)
    return largest, total, (mixed.T / total).T


def halved(*parts):
    largest, total, mixed = query_by_query(*parts)
    return largest, total / 2, mixed / 2


def overflowing(first, second):
    (m, s, x), (n, t, y) = first, second
    top = torch.maximum(m, n)
    a, b = m.exp() / top.exp(), n.exp() / top.exp()
    return top, a * s + b * t, a[:, None] * x + b[:, None] * y


def shrunk(m, n, top):
    return (m - top).exp(), (n - top).exp()


WRONG = [
    wrong("cannot be added as they are", plain),
    wrong(
        "second that must shrink", with_factors(lambda m, n, top: ((m - top).exp(), 1))
    ),
    wrong(
        "first that must shrink", with_factors(lambda m, n, top: (1, (n - top).exp()))
    ),
    wrong("the totals are right", totals_only),
    wrong("the mixtures are right", mixtures_only),
    wrong(
        "the factor is upside down",
        with_factors(lambda m, n, top: ((top - m).exp(), (top - n).exp())),
    ),
    wrong(
        "a quotient of the scores", with_factors(lambda m, n, top: (m / top, n / top))
    ),
    wrong("must be *exp* of it", with_factors(lambda m, n, top: (m - top, n - top))),
    wrong(
        "got each other's factor",
        with_factors(lambda m, n, top: ((n - top).exp(), (m - top).exp())),
    ),
    wrong("not their sum", with_factors(shrunk, torch.add)),
    wrong("is the *larger* of the two", with_factors(shrunk, torch.minimum)),
    wrong(
        "one largest score for all queries",
        with_factors(shrunk, lambda m, n: torch.cat([m, n]).max().repeat(len(m))),
    ),
    wrong("a query, which is a row", along_the_row),
    wrong("do not divide yet", divided),
    wrong("added, not averaged", halved),
    wrong("differences of scores before", overflowing),
    wrong("return 3 tensors", lambda *parts: query_by_query(*parts)[2]),
    wrong(UNKNOWN, lambda *parts: [3 * x for x in query_by_query(*parts)]),
]

RIGHT = [query_by_query, by_logarithms]


def INPUTS(generator):
    for n_queries, n_keys, width, scale in ((1, 2, 1, 1), (4, 3, 2, 9), (7, 5, 3, 90)):
        yield states(n_queries, n_keys, width, generator, float(scale))
    yield states(2, 3, 5, generator, unseen=True)
