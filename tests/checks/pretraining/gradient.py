import torch
from torch.nn import functional as F

from heedful.checks.pretraining import PairTable, check_gradient, part
from heedful.text import EOS_ID, PAD_ID
from heedful.train import token_loss

from ..specimens import wrong


def accumulated(weight):
    """`weight(goal, n)` for each part, n being the goals that all parts ask for."""

    def answer(model, parts):
        n = sum((goal != PAD_ID).sum() for _, goal in parts)
        model.zero_grad()
        for tokens, goal in parts:
            (token_loss(model(tokens), goal) * weight(goal, n)).backward()
        return model.table.grad

    return answer


def mean_of_means(model, parts):
    model.zero_grad()
    for tokens, goal in parts:
        (token_loss(model(tokens), goal) / len(parts)).backward()
    return model.table.grad


def emptied_each_time(scale):
    def answer(model, parts):
        n = sum((goal != PAD_ID).sum() for _, goal in parts)
        for tokens, goal in parts:
            model.zero_grad()
            loss = token_loss(model(tokens), goal)
            (loss * scale(goal, n, parts)).backward()
        return model.table.grad

    return answer


def by_rows(model, parts):
    n_rows = sum(len(goal) for _, goal in parts)
    model.zero_grad()
    for tokens, goal in parts:
        (token_loss(model(tokens), goal) * len(goal) / n_rows).backward()
    return model.table.grad


def by_positions(model, parts):
    n = sum(goal.numel() for _, goal in parts)
    model.zero_grad()
    for tokens, goal in parts:
        (token_loss(model(tokens), goal) * goal.numel() / n).backward()
    return model.table.grad


def sum_by_positions(model, parts):
    n = sum(goal.numel() for _, goal in parts)
    model.zero_grad()
    for tokens, goal in parts:
        logits = model(tokens).flatten(0, 1)
        F.cross_entropy(
            logits / 1, goal.flatten(), ignore_index=PAD_ID, reduction="sum"
        ).backward()
    return model.table.grad / n


def first_only(model, parts):
    model.zero_grad()
    for tokens, goal in parts:
        token_loss(model(tokens), goal).backward()
        return model.table.grad


def share_and_mean(model, parts):
    return in_one_part(model, parts) / len(parts)


def in_one_part(model, parts):
    """All rows together, as if there were memory enough."""
    width = max(tokens.size(1) for tokens, _ in parts)
    tokens, goal = (
        torch.cat([F.pad(x[i], (0, width - x[i].size(1))) for x in parts])
        for i in (0, 1)
    )
    (found,) = torch.autograd.grad(token_loss(model(tokens), goal), model.table)
    return found


def sums_then_divided(model, parts):
    model.zero_grad()
    total, n = 0.0, 0
    for tokens, goal in parts:
        each = F.cross_entropy(model(tokens).mT, goal, reduction="none")
        total, n = total + each[goal != PAD_ID].sum(), n + (goal != PAD_ID).sum()
    (total / n).backward()
    return model.table.grad


def never_emptied(model, parts):
    n = sum((goal != PAD_ID).sum() for _, goal in parts)
    for tokens, goal in parts:
        (token_loss(model(tokens), goal) * (goal != PAD_ID).sum() / n).backward()
    return model.table.grad


def scaled_at_the_end(model, parts):
    n = 0
    model.zero_grad()
    for tokens, goal in parts:
        asked = (goal != PAD_ID).sum()
        (token_loss(model(tokens), goal) * asked).backward()
        n += asked
    return model.table.grad / n


CHECK = check_gradient

WRONG = [
    wrong("a mean of means", mean_of_means),
    wrong("added, not averaged", accumulated(lambda goal, n: 1)),
    wrong("the sum over all tokens", accumulated(lambda g, n: (g != PAD_ID).sum())),
    wrong(
        "only the last part counts",
        emptied_each_time(lambda goal, n, parts: (goal != PAD_ID).sum() / n),
    ),
    wrong(
        "only the last part counts",
        emptied_each_time(lambda goal, n, parts: 1 / len(parts)),
    ),
    wrong("weighed by their rows", by_rows),
    wrong("padding is counted", by_positions),
    wrong("padding is counted", sum_by_positions),
    wrong("once more", accumulated(lambda goal, n: 1 / n)),
    wrong("by the number of parts as well", share_and_mean),
    wrong("only the first part counts", first_only),
    wrong("of the step before", never_emptied),
    wrong("the other way round", lambda *x: -in_one_part(*x)),
    wrong(
        "return a torch tensor, not a float", lambda *x: in_one_part(*x).sum().item()
    ),
]

RIGHT = [in_one_part, sums_then_divided, scaled_at_the_end]


def INPUTS(generator):
    """One part and several, of one row and of several."""
    for sizes in ((1,), (1, 1), (3, 1, 2)):
        parts = []
        for n in sizes:
            lengths = torch.randint(0, 6, (n,), generator=generator).tolist()
            draw = [torch.randint(3, 7, (m,), generator=generator) for m in lengths]
            parts.append(part([[EOS_ID, *ids.tolist(), EOS_ID] for ids in draw]))
        yield dict(model=PairTable(7, generator), parts=parts)
