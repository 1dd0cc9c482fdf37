import math

import torch
from torch.nn import functional as F

from heedful.checks.pretraining import check_bits
from heedful.text import PAD_ID
from heedful.train import token_loss

from ..specimens import wrong


def by_torch(logits, goal, widths):
    nats = F.cross_entropy(
        logits.flatten(0, 1), goal.flatten(), ignore_index=PAD_ID, reduction="sum"
    )
    return nats.item() / math.log(2) / widths[goal].sum().item()


def by_the_formula(logits, goal, widths):
    per_token = token_loss(logits, goal) / math.log(2)
    return per_token * (goal != PAD_ID).sum() / widths[goal].sum()


def by_loops(logits, goal, widths):
    bits, n_bytes = 0.0, 0
    for row, asked in zip(logits.tolist(), goal.tolist()):
        for scores, token in zip(row, asked):
            if token == PAD_ID:
                continue
            top = max(scores)
            total = math.log(sum(math.exp(s - top) for s in scores)) + top
            bits += (total - scores[token]) / math.log(2)
            n_bytes += int(widths[token])
    return bits / n_bytes


def prices(logits, goal):
    """Bits of every goal, padding too."""
    return -logits.log_softmax(-1).gather(-1, goal[..., None]).squeeze(-1) / math.log(2)


def with_padding(logits, goal, widths):
    return prices(logits, goal).sum() / widths[goal].sum()


def per_token(logits, goal, widths):
    return token_loss(logits, goal) / math.log(2)


def per_position(logits, goal, widths):
    return (prices(logits, goal) * (goal != PAD_ID)).mean()


def without_ends(logits, goal, widths):
    n = widths[goal]
    return prices(logits, goal)[n > 0].sum() / n.sum()


def ends_as_bytes(logits, goal, widths):
    asked = goal != PAD_ID
    n = torch.where(widths == 0, 1, widths)[goal]
    return prices(logits, goal)[asked].sum() / n[asked].sum()


def mean_over_tokens(logits, goal, widths):
    n = widths[goal]
    return (prices(logits, goal)[n > 0] / n[n > 0]).mean()


def mean_over_rows(logits, goal, widths):
    each = [by_torch(x[None], g[None], widths) for x, g in zip(logits, goal)]
    return sum(each) / len(each)


def mean_by_bytes(logits, goal, widths):
    return token_loss(logits, goal) / math.log(2) / widths[goal].sum()


def wrong_way(logits, goal, widths):
    width = widths[goal].sum() / (goal != PAD_ID).sum()
    return token_loss(logits, goal) / math.log(2) * width


def of_the_mean(logits, goal, widths):
    p = logits.softmax(-1).gather(-1, goal[..., None])[..., 0][goal != PAD_ID]
    return -p.mean().log2() * len(p) / widths[goal].sum()


def over_positions(logits, goal, widths):
    p = logits.softmax(1).gather(-1, goal[..., None])[..., 0][goal != PAD_ID]
    return -p.log2().sum() / widths[goal].sum()


def raw(logits, goal, widths):
    chosen = logits.gather(-1, goal[..., None])[..., 0][goal != PAD_ID]
    return -chosen.sum() / math.log(2) / widths[goal].sum()


def rounded(logits, goal, widths):
    p = logits.softmax(-1).gather(-1, goal[..., None])[..., 0][goal != PAD_ID]
    return -p.log2().sum() / widths[goal].sum()


CHECK = check_bits


def with_floor(kept):
    def answer(logits, goal, widths):
        p = kept(logits.softmax(-1).gather(-1, goal[..., None])[..., 0])
        return -(p.log2() * (goal != PAD_ID)).sum() / widths[goal].sum()

    return answer


WRONG = [
    wrong("these are nats per byte", lambda *x: by_torch(*x) * math.log(2)),
    wrong("the smaller coin", lambda *x: by_torch(*x) * math.log(2) ** 2),
    wrong("a price is positive", lambda *x: -by_torch(*x)),
    wrong("padding is paid for", with_padding),
    wrong("these are bits per token", per_token),
    wrong("bits per position", per_position),
    wrong("the end signs are not paid for", without_ends),
    wrong("an end sign is counted as a byte", ends_as_bytes),
    wrong("each token's price by its own bytes", mean_over_tokens),
    wrong("each row has its own number", mean_over_rows),
    wrong("the average price of a token", mean_by_bytes),
    wrong("you went the wrong way", wrong_way),
    wrong("price of the whole batch", lambda x, g, w: by_torch(x, g, w) * w[g].sum()),
    wrong("mean of the probabilities", of_the_mean),
    wrong("the softmax runs over the positions", over_positions),
    wrong("logits are no log probabilities", raw),
    wrong("can cost more than that", with_floor(lambda p: p.clamp(min=1e-9))),
    wrong("can cost more than that", with_floor(lambda p: p + 1e-12)),
    wrong("rounded to 0, and its logarithm is infinite", rounded),
    wrong("return a number, not a torch.Tensor", lambda x, g, w: prices(x, g)),
]

RIGHT = [by_torch, by_the_formula, by_loops]


def INPUTS(generator):
    """Rows of one length and of several, ends at any place."""
    for b, t, v in ((1, 2, 5), (2, 6, 9), (5, 4, 13)):
        goal = torch.randint(2, v, (b, t), generator=generator)
        goal[:, 0] = 3
        goal[-1, t - 1] = PAD_ID
        widths = torch.randint(1, 6, (v,), generator=generator)
        widths[:3] = 0
        logits = torch.randn(b, t, v, generator=generator)
        yield dict(logits=logits, goal=goal, widths=widths)
