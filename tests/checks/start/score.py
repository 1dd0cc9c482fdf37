import torch

from heedful.checks.start import check_score

from ..specimens import UNKNOWN, wrong

RIGHT_TEXTS = ["四十二", "百五", "三千", "十七", "六百八十"]
WRITTEN = ["四十二", "百五", "三千三", "十七", "六百八"]
SHARES = [1 / 2, 1, 1 / 4, 1, 1]


def said(*numbers, given=(RIGHT_TEXTS, WRITTEN, SHARES)):
    return lambda: list(numbers), *given


def by_torch():
    shares = torch.tensor(SHARES)
    logits = shares[:, None].log().expand(-1, 1)
    loss = torch.nn.functional.nll_loss(logits, torch.zeros(5, dtype=torch.long))
    same = [right == written for right, written in zip(RIGHT_TEXTS, WRITTEN)]
    return [sum(same) / len(same), loss, shares.prod()]


OTHER = (["十", "百一", "千"], ["十", "百", "万"], [1 / 4, 1 / 4, 1])

CHECK = check_score

WRONG = [
    wrong("right as far as it goes", said(1, 0.416, 0.125)),
    wrong("right *characters*", said(12 / 13, 0.416, 0.125)),
    wrong("answers that are wrong", said(0.4, 0.416, 0.125)),
    wrong("a number of answers", said(3, 0.416, 0.125)),
    wrong("in percent", said(60, 0.416, 0.125)),
    wrong("in percent", said(60, 0.416, 12.5)),
    wrong("surprises are added up", said(0.6, 2.08, 0.125)),
    wrong("counts in the mean", said(0.6, 1.04, 0.125)),
    wrong("logarithm is taken of the mean", said(0.6, 0.288, 0.125)),
    wrong("in bits", said(0.6, 0.6, 0.125)),
    wrong("the sign is wrong", said(0.6, -0.416, 0.125)),
    wrong("the loss is the mean of -ln p", said(0.6, 0.75, 0.125)),
    wrong("only if the first character comes", said(0.6, 0.416, 0.75)),
    wrong("the least probable character", said(0.6, 0.416, 0.25)),
    wrong("one character has on average", said(0.6, 0.416, 0.66)),
    wrong("multiplied, not added", said(0.6, 0.416, 3.75)),
    wrong("it is *not* written so", said(0.6, 0.416, 0.875)),
    wrong("surprises are added up", said(1 / 3, 2.77, 1 / 16, given=OTHER)),
    wrong("has 2 entries, expected 3", said(0.6, 0.416)),
    wrong("right as far as it goes", said(1, 0.6, 0.75)),
    wrong(UNKNOWN, said(0.5, 0.42, 0.75)),
]

RIGHT = [
    (by_torch, RIGHT_TEXTS, WRITTEN, SHARES),
    said(0.6, 0.42, 0.125),
    said(1 / 3, 0.924, 1 / 16, given=OTHER),
]
