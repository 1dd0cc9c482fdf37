import torch

from heedful.checks.answering import check_verify

from ..specimens import wrong


def all_at_once(p, q, proposals, luck):
    """Every ratio in one go; the first refusal is where the round ends."""
    n = len(proposals)
    x = torch.tensor(proposals)[:, None]
    ratio = (p[:-1].gather(1, x) / q.gather(1, x))[:, 0].clamp(max=1)
    kept = int((luck < ratio).long().cumprod(0).sum())
    nothing = torch.zeros_like(q[:1])
    missing = (p - torch.cat([q, nothing])).relu()[kept] if kept < n else p[n]
    return kept, missing / missing.sum()


def by_tokens(p, q, proposals, luck):
    """Multiplied out instead of divided, with plain numbers."""
    for i, (x, u) in enumerate(zip(proposals, luck.tolist())):
        if u * q[i, x].item() >= p[i, x].item():
            missing = [max(0.0, a - b) for a, b in zip(p[i].tolist(), q[i].tolist())]
            return i, torch.tensor(missing) / sum(missing)
    return [len(proposals), p[len(proposals)]]


def judging(keep, redraw=lambda p, q: torch.relu(p - q) / torch.relu(p - q).sum()):
    def answer(p, q, proposals, luck):
        for i, x in enumerate(proposals):
            if not keep(p[i], q[i], x, luck[i]):
                return i, redraw(p[i], q[i])
        return len(proposals), p[-1]

    return answer


def rule(p, q, x, u):
    return u < min(1, p[x] / q[x])


def redrawing(redraw):
    return judging(rule, redraw)


def not_stopped(p, q, proposals, luck):
    kept, following = 0, p[-1]
    for i, x in reversed(list(enumerate(proposals))):
        if luck[i] < p[i, x] / q[i, x]:
            kept += 1
        else:
            following = torch.relu(p[i] - q[i]) / torch.relu(p[i] - q[i]).sum()
    return kept, following


def counted_without_order(p, q, proposals, luck):
    kept = sum(bool(rule(p[i], q[i], x, luck[i])) for i, x in enumerate(proposals))
    if kept == len(proposals):
        return kept, p[kept]
    missing = torch.relu(p[kept] - q[kept])
    return kept, missing / missing.sum()


def anything_else(p, q, proposals, luck):
    kept, following = all_at_once(p, q, proposals, luck)
    if kept < len(proposals):
        following = p[kept] * (torch.arange(p.size(1)) != proposals[kept])
    return kept, following / following.sum()


def one_ahead(p, q, proposals, luck):
    return all_at_once(torch.cat([p[1:], p[-1:]]), q, proposals, luck)


def last_of_the_judged(p, q, proposals, luck):
    kept, following = all_at_once(p, q, proposals, luck)
    return kept, p[-2] if kept == len(q) else following


def draft_goes_on(p, q, proposals, luck):
    kept, following = all_at_once(p, q, proposals, luck)
    return kept, q[-1] if kept == len(q) else following


CHECK = check_verify

WRONG = [
    wrong("kept and refused are exchanged", judging(lambda *x: not rule(*x))),
    wrong("is kept with probability p(x)", judging(lambda p, q, x, u: u < p[x])),
    wrong("upside down", judging(lambda p, q, x, u: u < min(1, q[x] / p[x]))),
    wrong("likeliest token is kept", judging(lambda p, q, x, u: x == p.argmax())),
    wrong("whenever the draft likes it", judging(lambda p, q, x, u: q[x] <= p[x])),
    wrong("nothing is ever refused", judging(lambda p, q, x, u: True)),
    wrong("after a refusal you draw from p", redrawing(lambda p, q: p)),
    wrong("divide it by its sum", redrawing(lambda p, q: torch.relu(p - q))),
    wrong(
        "too *much*", redrawing(lambda p, q: torch.relu(q - p) / (q - p).relu().sum())
    ),
    wrong("shares cannot be negative", redrawing(lambda p, q: p - q)),
    wrong(
        "the distance between the two",
        redrawing(lambda p, q: abs(p - q) / abs(p - q).sum()),
    ),
    wrong("draw from the draft's q", redrawing(lambda p, q: q)),
    wrong("one ahead", one_ahead),
    wrong("one row further on in p", last_of_the_judged),
    wrong("and not the draft's q", draft_goes_on),
    wrong("stop at the first refusal", not_stopped),
    wrong("stop at the first refusal", counted_without_order),
    wrong("without the refused token", anything_else),
    wrong(
        "not the token that follows them",
        lambda *x: (all_at_once(*x)[0] + 1, all_at_once(*x)[1]),
    ),
    wrong("one too few", lambda *x: (all_at_once(*x)[0] - 1, all_at_once(*x)[1])),
    wrong("return 2 values, (kept, then)", lambda *x: all_at_once(*x)[1]),
]

RIGHT = [all_at_once, by_tokens]


def INPUTS(generator):
    """Any shares, any luck; rounds of one to five proposals."""
    for n, v in ((1, 2), (3, 5), (5, 4)):
        p = torch.randn(n + 1, v, generator=generator).softmax(-1)
        q = torch.randn(n, v, generator=generator).softmax(-1)
        proposals = torch.multinomial(q, 1, generator=generator)[:, 0].tolist()
        luck = torch.rand(n, generator=generator)
        yield dict(p=p, q=q, proposals=proposals, luck=luck)
