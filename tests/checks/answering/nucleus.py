import torch

from heedful.checks.answering import check_nucleus

from ..specimens import wrong


def by_loops(logits, temperature, p):
    """Token after token, the best first, until there is enough."""
    rows = []
    for row in logits.tolist():
        powers = torch.tensor(row).div(temperature).exp()
        shares = (powers / powers.sum()).tolist()
        kept, total = [0.0] * len(row), 0.0
        for v in sorted(range(len(row)), key=lambda v: -shares[v]):
            kept[v] = shares[v]
            total += shares[v]
            if total >= p:
                break
        rows.append([share / total for share in kept])
    return torch.tensor(rows)


def by_shifted_removal(logits, temperature, p):
    """The way of many libraries: mark what to remove, and move the marks by one."""
    logits = logits / temperature
    best, order = torch.sort(logits, descending=True)
    remove = best.softmax(-1).cumsum(-1) > p
    remove = torch.cat([torch.zeros_like(remove[:, :1]), remove[:, :-1]], dim=-1)
    remove = torch.zeros_like(remove).scatter(-1, order, remove)
    return logits.masked_fill(remove, -torch.inf).softmax(-1)


def by_inverse(logits, temperature, p):
    shares, order = (logits / temperature).softmax(-1).sort(-1, descending=True)
    shares = shares * (shares.cumsum(-1) - shares < p)
    return (shares / shares.sum(-1, keepdim=True)).gather(-1, order.argsort(-1))


def shares_at(logits, temperature):
    return torch.softmax(logits / temperature, dim=-1)


def unshifted(logits, temperature, p):
    logits = logits / temperature
    best, order = torch.sort(logits, descending=True)
    remove = torch.zeros_like(best, dtype=torch.bool)
    remove.scatter_(-1, order, best.softmax(-1).cumsum(-1) > p)
    return logits.masked_fill(remove, -torch.inf).softmax(-1)


def crossing_put_back(logits, temperature, p):
    best, order = shares_at(logits, temperature).sort(-1, descending=True)
    best[best.cumsum(-1) > p] = 0
    return torch.zeros_like(best).scatter(-1, order, best)


def summed_over_all(logits, temperature, p):
    kept = not_normalised(logits, temperature, p)
    return kept / kept.sum()


def shifted_twice(logits, temperature, p):
    logits = logits / temperature
    best, order = torch.sort(logits, descending=True)
    remove = best.softmax(-1).cumsum(-1) > p
    remove = torch.nn.functional.pad(remove[:, :-2], (2, 0))
    remove = torch.zeros_like(remove).scatter(-1, order, remove)
    return logits.masked_fill(remove, -torch.inf).softmax(-1)


def cut_then_warmed(logits, temperature, p):
    cut = by_shifted_removal(logits, 1.0, p)
    return shares_at(cut.log(), temperature)


def discarded(logits, temperature, p):
    shares = shares_at(logits, temperature)
    best = shares.sort(-1, descending=True).values
    least = best.masked_fill(best.cumsum(-1) - best >= p, 2).amin(-1, keepdim=True)
    shares.masked_fill(shares < least, 0.0)
    return shares / shares.sum(-1, keepdim=True)


def not_normalised(logits, temperature, p):
    return shares_at(logits, temperature) * (by_loops(logits, temperature, p) > 0)


def cut_to_zero(logits, temperature, p):
    stays = by_loops(logits, temperature, p) > 0
    return torch.where(stays, logits / temperature, 0.0).softmax(-1)


def ascending(logits, temperature, p):
    shares, order = shares_at(logits, temperature).sort(-1)
    shares = shares * (shares.cumsum(-1) - shares < p)
    return (shares / shares.sum(-1, keepdim=True)).gather(-1, order.argsort(-1))


def put_back_wrongly(logits, temperature, p):
    shares, order = shares_at(logits, temperature).sort(-1, descending=True)
    shares = shares * (shares.cumsum(-1) - shares < p)
    return (shares / shares.sum(-1, keepdim=True)).gather(-1, order)


def left_sorted(logits, temperature, p):
    shares = shares_at(logits, temperature).sort(-1, descending=True).values
    shares[shares.cumsum(-1) - shares >= p] = 0
    return shares / shares.sum(-1, keepdim=True)


def cooled_shares(logits, temperature, p):
    shares = torch.softmax(logits, dim=-1) / temperature
    best, order = shares.sort(-1, descending=True)
    best[best.cumsum(-1) - best >= p] = 0
    kept = torch.zeros_like(shares).scatter(-1, order, best)
    return kept / kept.sum(-1, keepdim=True)


def tail(logits, temperature, p):
    shares = shares_at(logits, temperature)
    shares = shares * (by_loops(logits, temperature, p) == 0)
    return shares / shares.sum(-1, keepdim=True)


def one_by_one(logits, temperature, p):
    shares = shares_at(logits, temperature)
    shares[shares < p] = 0
    return shares / shares.sum(-1, keepdim=True)


def marks_put_back_wrongly(logits, temperature, p):
    shares = shares_at(logits, temperature)
    best, order = shares.sort(-1, descending=True)
    kept = shares * (best.cumsum(-1) - best < p).gather(-1, order)
    return kept / kept.sum(-1, keepdim=True)


def unsorted(logits, temperature, p):
    rows = []
    for row in shares_at(logits, temperature):
        kept, total = torch.zeros_like(row), 0.0
        for v, share in enumerate(row.tolist()):
            if total < p:
                kept[v] = share
            total += share
        rows.append(kept / kept.sum())
    return torch.stack(rows)


def min_p(logits, temperature, p):
    shares = shares_at(logits, temperature)
    shares = shares * (shares >= p * shares.amax(-1, keepdim=True))
    return shares / shares.sum(-1, keepdim=True)


CHECK = check_nucleus

WRONG = [
    wrong("the token that crosses p is left out", unshifted),
    wrong("two things", crossing_put_back),
    wrong("one token too many", shifted_twice),
    wrong("temperature first", cut_then_warmed),
    wrong("temperature has no effect", lambda x, t, p: by_loops(x, 1.0, p)),
    wrong("are multiplied by the temperature", lambda x, t, p: by_loops(x, 1 / t, p)),
    wrong("the temperature divides the shares", cooled_shares),
    wrong("sort with descending=True", ascending),
    wrong("the tail is kept", tail),
    wrong("with each share by itself", one_by_one),
    wrong("in order of size", left_sorted),
    wrong("not put back where they came from", put_back_wrongly),
    wrong("gather does the reverse", marks_put_back_wrongly),
    wrong("in the order of the vocabulary", unsorted),
    wrong("this is min-p", min_p),
    wrong("nothing is cut off", discarded),
    wrong("nothing is cut off", lambda x, t, p: shares_at(x, t)),
    wrong("what stays does not sum to 1", not_normalised),
    wrong("not the whole batch", summed_over_all),
    wrong("a logit of 0 does not say 'never'", cut_to_zero),
    wrong("put through the softmax again", lambda *x: not_normalised(*x).softmax(-1)),
    wrong(
        "these are logits",
        lambda x, t, p: torch.where(by_loops(x, t, p) > 0, x / t, -torch.inf),
    ),
    wrong(
        "over the texts of the batch",
        lambda x, t, p: torch.where(by_loops(x, t, p) > 0, x / t, -torch.inf).softmax(
            0
        ),
    ),
]

RIGHT = [by_loops, by_shifted_removal, by_inverse]


def INPUTS(generator):
    """Few and many tokens, sharp and flat."""
    for v, temperature, p in ((2, 0.7, 0.4), (5, 2.0, 0.6), (13, 0.5, 0.95)):
        logits = 2 * torch.randn(3, v, generator=generator)
        yield dict(logits=logits, temperature=temperature, p=p)
