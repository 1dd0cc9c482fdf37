import numpy as np
import torch

from heedful.checks.parallelism import check_step
from heedful.checks.parallelism.step import ranks

from ..specimens import UNKNOWN, wrong

CHECK = check_step


def text_by_text(counts, gradients, per_text, bandwidth):
    """As if each text had the mean gradient of its GPU; a ring, piece by piece."""
    of_each = [g for n, g in zip(counts, gradients) for _ in range(n)]
    n, size = len(counts), gradients.size(1)
    seconds = per_text * sorted(counts)[-1]
    talk = 0.0
    for _ in range(n - 1):
        talk += size / n / bandwidth  # the sums
        talk += size / n / bandwidth  # travel on
    return torch.stack(of_each).mean(0), seconds + talk, talk / (seconds + talk)


def by_numpy(counts, gradients, per_text, bandwidth):
    mean = np.average(gradients.numpy(), axis=0, weights=counts)
    talk = (2 - 2 / len(counts)) * gradients[0].numel() / bandwidth
    total = talk + np.max(counts) * per_text
    return [
        torch.tensor(mean, dtype=torch.float32),
        total,
        1 - max(counts) * per_text / total,
    ]


def made_of(gradient=None, work=None, sent=None, end=None):
    """The right step, in which one thing is done otherwise."""

    def step(counts, gradients, per_text, bandwidth):
        n = len(counts)
        right, *_ = text_by_text(counts, gradients, per_text, bandwidth)
        working = per_text * (work or max)(counts)
        numbers = (sent or (lambda n, P: 2 * P * (n - 1) / n))(n, gradients.size(1))
        talking = numbers / bandwidth
        found = gradient(counts, gradients) if gradient else right
        both = talking + working
        return found, *(end(talking, working) if end else (both, talking / both))

    return step


def weighed(counts, gradients):
    return sum(n * g for n, g in zip(counts, gradients))


WRONG = [
    wrong("mean of the GPUs' means", made_of(lambda c, g: sum(g) / len(c))),
    wrong("sum of the GPUs' means", made_of(lambda c, g: sum(g))),
    wrong("the sum over all texts", made_of(weighed)),
    wrong("divide by the number of GPUs", made_of(lambda c, g: weighed(c, g) / len(c))),
    wrong(
        "to weigh them, *multiply*",
        made_of(lambda c, g: (g / torch.tensor(c)[:, None]).mean(0)),
    ),
    wrong("by its own number of texts first", made_of(lambda c, g: sum(g) / sum(c))),
    wrong("not the mean", made_of(work=np.mean)),
    wrong("and that is the GPU", made_of(work=min)),
    wrong("does not add up", made_of(work=sum)),
    wrong("is taken to have one text", made_of(work=lambda counts: 1)),
    wrong("the ring has two rounds", made_of(sent=lambda n, P: P * (n - 1) / n)),
    wrong("that is two whole gradients", made_of(sent=lambda n, P: 2 * P)),
    wrong("to each of the others", made_of(sent=lambda n, P: (n - 1) * P)),
    wrong("the pieces are as many", made_of(sent=lambda n, P: 2 * (n - 1) * P)),
    wrong("a single message", made_of(sent=lambda n, P: P)),
    wrong("missing from the seconds", made_of(end=lambda t, w: (w, t / (t + w)))),
    wrong("do not overlap", made_of(end=lambda t, w: (max(t, w), t / max(t, w)))),
    wrong("do not overlap", made_of(end=lambda t, w: (max(t, w), t / (t + w)))),
    wrong("talk *and* work", made_of(end=lambda t, w: (t + w, t / w))),
    wrong("the share of the work", made_of(end=lambda t, w: (t + w, w / (t + w)))),
    wrong("the talk in seconds", made_of(end=lambda t, w: (t + w, t))),
    wrong("a percentage", made_of(end=lambda t, w: (t + w, 100 * t / (t + w)))),
    wrong("return 3 tensors", lambda *inputs: text_by_text(*inputs)[0]),
    wrong(UNKNOWN, made_of(end=lambda t, w: (3 * t + w, t / (t + w)))),
]

RIGHT = [text_by_text, by_numpy]


def INPUTS(generator):
    for n, size in ((1, 3), (4, 2), (5, 13)):
        yield ranks(n, size, generator)
