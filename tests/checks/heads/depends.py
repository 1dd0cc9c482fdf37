import torch

from heedful.checks.heads import check_depends

from ..specimens import wrong


def table(
    disturb, changed=lambda after, before: (after != before).any(-1), start=torch.clone
):
    def answer(f, x):
        rows = [[False] * len(x) for _ in x]
        before = f(x)
        for j in range(len(x)):
            other = start(x)
            disturb(other, j)
            for i, yes in enumerate(changed(f(other), before)):
                rows[i][j] = bool(yes)
        return torch.tensor(rows)

    return answer


def add(x, j):
    x[j] += 0.5


def renew(x, j):
    x[j] = torch.randn(x.size(1))


def double(x, j):
    x[j] = x[j] * 2


def clear(x, j):
    x[j] = 0


def one_feature(x, j):
    x[j, 0] += 1


def a_trace(x, j):
    x[j] += 1e-12


def column(x, j):
    x[:, j % x.size(1)] += 1


def nothing(x, j):
    x.clone()[j] += 1


def never_restored(f, x):
    x, before = x.clone(), f(x)
    columns = []
    for j in range(len(x)):
        add(x, j)
        columns.append((f(x) != before).any(-1))
    return torch.stack(columns, 1)


def in_place(f, x):
    before, columns = f(x), []
    for row in x:
        row += 1
        columns.append((f(x) != before).any(-1))
        row -= 1.5
    return torch.stack(columns, 1)


def compared_with_x(f, x):
    def changed(after, before):
        return (after != x).any(-1)

    return table(add, changed)(f, x)


def not_all_close(after, before):
    return [not torch.allclose(a, b) for a, b in zip(after, before)]


def only_before(f, x):
    return table(add)(f, x) & torch.ones(len(x), len(x)).tril().bool()


def only_leaks(f, x):
    return table(add)(f, x) & torch.ones(len(x), len(x)).triu(1).bool()


def not_itself(f, x):
    return table(add)(f, x) & (torch.eye(len(x)) == 0)


CHECK = check_depends

WRONG = [
    wrong("rows and columns are swapped", lambda f, x: table(add)(f, x).T),
    wrong(
        "the table is inverted",
        table(add, lambda after, before: (after == before).all(-1)),
    ),
    wrong("hardly an output", table(nothing)),
    wrong("hardly an output", table(a_trace)),
    wrong("hardly an output", table(one_feature)),
    wrong("pile up", never_restored),
    wrong("changes its input `x`", in_place),
    wrong("position of zeros", table(double)),
    wrong("position of zeros", table(clear)),
    wrong(
        "only one feature", table(add, lambda after, before: (after != before)[:, 0])
    ),
    wrong("not only if all have", table(add, lambda a, b: (a != b).all(-1))),
    wrong("faint leak", table(add, lambda a, b: ((a - b).abs() > 0.05).any(-1))),
    wrong("faint leak", table(add, lambda a, b: ((a - b).abs() > 1e-3).any(-1))),
    wrong("faint leak", table(add, lambda a, b: (a - b).abs().sum(-1) > 0.1)),
    wrong("faint leak", table(add, lambda a, b: ~torch.isclose(a, b).all(-1))),
    wrong("faint leak", table(add, not_all_close)),
    wrong("compare it with f(x)", compared_with_x),
    wrong("these are only the leaks", only_leaks),
    wrong("diagonal is missing", not_itself),
    wrong("no leak can show", only_before),
    wrong(
        "should be bool",
        lambda f, x: table(add)(f, x).float(),
    ),
]


def by_derivatives(f, x):
    """What does not depend on an input has the derivative 0."""
    derivatives = torch.autograd.functional.jacobian(f, x)  # (T, D', T, D)
    return derivatives.abs().amax((1, 3)) > 0


RIGHT = [table(add), table(renew), by_derivatives]


def INPUTS(generator):
    """Sums of what comes before, a mean, a shift, a constant; a faint one; a zero."""
    x = torch.randn(5, 3, generator=generator)
    a = torch.randn(3, 2, generator=generator)
    x[3] = 0
    for f in (
        lambda x: x.cumsum(0) @ a,
        lambda x: torch.cat([x[:, :1], x.mean(0, keepdim=True).expand(5, 2)], 1),
        lambda x: torch.cat([x[1:], x[:1]]) @ a,
        lambda x: torch.ones(5, 2),
        lambda x: (x + 1e-4 * x.flip(0))[:, 1:],
    ):
        yield dict(f=f, x=x.clone())
