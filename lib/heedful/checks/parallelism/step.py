"""The exercise on data parallelism: one step of n GPUs with unequal shares of texts."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

Result = tuple[Tensor, float, float]  # gradient (P,), seconds, share of the talk
Step = Callable[[list[int], Tensor, float, float], Result]


def mean(counts: list[int], gradients: Tensor) -> Tensor:
    """The gradient of the mean over all texts, (P,)."""
    n_texts = torch.tensor(counts, dtype=gradients.dtype)
    return n_texts @ gradients / n_texts.sum()


def talk(n: int, size: int) -> float:
    """Numbers that each sends in a ring."""
    return 2 * (n - 1) / n * size


def _step(
    gradient: Callable[[list[int], Tensor], Tensor] = mean,
    work: Callable[[list[int]], float] = max,
    sent: Callable[[int, int], float] = talk,
    share: Callable[[float, float], float] = lambda talk, work: talk / (talk + work),
    total: Callable[[float, float], float] = lambda talk, work: talk + work,
) -> Step:
    """The right answer, in which one thing can be done in another way."""

    def step(counts, gradients, per_text, bandwidth) -> Result:
        working = work(counts) * per_text
        talking = sent(len(counts), gradients.size(1)) / bandwidth
        return (
            gradient(counts, gradients),
            total(talking, working),
            share(talking, working),
        )

    return step


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Four GPUs, three and eight; their shares differ."""
    yield dict(
        counts=[5, 2, 3, 4],
        gradients=torch.tensor([[1.0, 4.0], [5.0, 0.0], [-2.0, 3.0], [2.0, -1.0]]),
        per_text=0.5,
        bandwidth=0.5,
    )
    for n, size in ((3, 5), (8, 11)):
        yield ranks(n, size, generator)


def ranks(n: int, size: int, generator: Generator) -> Inputs:
    """`n` GPUs with 1 to 9 texts each, and gradients of `size` numbers."""
    counts = torch.randint(1, 10, (n,), generator=generator)
    counts[0] = 10  # so that they differ
    speeds = torch.rand(2, generator=generator).tolist()
    return dict(
        counts=counts.tolist(),
        gradients=torch.randn(n, size, generator=generator),
        per_text=0.1 + speeds[0],
        bandwidth=1 + 5 * speeds[1],
    )


check_step = Task(
    name="one step of n GPUs",
    right=_step(),
    cases=_cases,
    compared="gradient, seconds and share; 3, 4 and 8 GPUs with unequal shares",
    parts=("gradient", "seconds", "share"),
    hints=(
        "How much does one *text* count in the mean over all texts? And how much does "
        "it count if a GPU with one text has as much to say as one with ten?",
        "The gradient: weigh each GPU's by its number of texts, over that of all. "
        "The work: all wait for the one that has most. The talk: the ring's formula.",
        "`torch.tensor(counts) / sum(counts) @ gradients`; `work = max(counts) * "
        "per_text`; `talk = 2 * (n - 1) / n * gradients.size(1) / bandwidth`.",
    ),
    mistakes=(
        (
            "this is the mean of the GPUs' means, in which a text on a GPU with few "
            "counts more; weigh each by its number of texts",
            _step(lambda counts, g: g.mean(0)),
        ),
        (
            "this is the sum of the GPUs' means; each must be weighed by its share of "
            "all texts",
            _step(lambda counts, g: g.sum(0)),
        ),
        (
            "this is the sum over all texts; divide by the number of all texts",
            _step(lambda counts, g: mean(counts, g) * sum(counts)),
        ),
        (
            "you weigh by the number of texts, but divide by the number of GPUs; "
            "divide by the number of all texts",
            _step(lambda counts, g: mean(counts, g) * sum(counts) / len(counts)),
        ),
        (
            "the gradients are means already; to weigh them, *multiply* by the number "
            "of texts",
            _step(lambda counts, g: (g / torch.tensor(counts)[:, None]).mean(0)),
        ),
        (
            "all gradients are divided by the number of all texts, but they are means "
            "already: multiply each by its own number of texts first",
            _step(lambda counts, g: g.sum(0) / sum(counts)),
        ),
        (
            "nobody can go on before the slowest has finished: the work takes as long "
            "as that of the GPU with *most* texts, not the mean",
            _step(work=lambda counts: sum(counts) / len(counts)),
        ),
        (
            "nobody can go on before the slowest has finished, and that is the GPU "
            "with *most* texts",
            _step(work=min),
        ),
        (
            "the GPUs work at the same time: their work does not add up, it takes as "
            "long as that of the slowest",
            _step(work=sum),
        ),
        (
            "each GPU is taken to have one text; the slowest has `max(counts)`",
            _step(work=lambda counts: 1),
        ),
        (
            "the ring has two rounds: in the first the sums are made, in the second "
            "they travel on; 2 (n - 1) / n",
            _step(sent=lambda n, size: talk(n, size) / 2),
        ),
        (
            "that is two whole gradients; in a ring each sends 2 (n - 1) / n of one",
            _step(sent=lambda n, size: 2 * size),
        ),
        (
            "in a ring nobody sends a whole gradient to each of the others; the pieces "
            "travel, 2 (n - 1) / n of a gradient in all",
            _step(sent=lambda n, size: (n - 1) * size),
        ),
        (
            "the pieces are as many as the GPUs: 2 (n - 1) / n of a gradient, and not "
            "2 (n - 1)",
            _step(sent=lambda n, size: 2 * (n - 1) * size),
        ),
        (
            "one whole gradient is what a single message would be; in a ring each "
            "sends 2 (n - 1) / n of one",
            _step(sent=lambda n, size: size),
        ),
        (
            "the talk is missing from the seconds: here it begins when the work is "
            "done, so the two add up",
            _step(total=lambda talk, work: work),
        ),
        (
            "here the talk begins when the work is done: the two add up, and do not "
            "overlap",
            _step(total=max, share=lambda talk, work: talk / max(talk, work)),
        ),
        (
            "here the talk begins when the work is done: the two add up, and do not "
            "overlap",
            _step(total=max),
        ),
        (
            "the share of the whole step: talk over talk *and* work, not over the work",
            _step(share=lambda talk, work: talk / work),
        ),
        (
            "that is the share of the work; return that of the talk",
            _step(share=lambda talk, work: work / (talk + work)),
        ),
        (
            "that is the talk in seconds; divide by the seconds of the whole step",
            _step(share=lambda talk, work: talk),
        ),
        (
            "give the share as a number between 0 and 1, not as a percentage",
            _step(share=lambda talk, work: 100 * talk / (talk + work)),
        ),
    ),
)
