"""The exercise on the writing loop: the most probable token, again and again."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

Model = Callable[[list[int]], Tensor]
PATIENCE = 30  # tokens, more than any case allows


def write(logits_of: Model, begin: int, end: int, max_new: int) -> list[int]:
    """The right answer: at most `max_new` tokens, without `begin` and `end`."""
    written = _full(logits_of, begin, end, max_new)[1:]
    return written[:-1] if written[-1:] == [end] else written


def _full(
    logits_of: Model,
    begin: int,
    end: int,
    max_new: int,
    seen: Callable[[list[int]], list[int]] = lambda written: written,
    choose: Callable[[Tensor], Tensor] = lambda logits: logits[-1].argmax(),
    stops: bool = True,
) -> list[int]:
    """With `begin`, and with `end` if it came; each step can go another way."""
    written = [begin]
    while len(written) <= max_new and not (stops and written[-1] == end):
        written.append(int(choose(logits_of(seen(written)))))
    return written


def _slip(**steps) -> Callable[..., list[int]]:
    def answer(logits_of: Model, begin: int, end: int, max_new: int) -> list[int]:
        written = _full(logits_of, begin, end, max_new, **steps)[1:]
        return written[:-1] if written[-1:] == [end] else written

    return answer


def talker(
    plan: list[int], begin: int, end: int, n_tokens: int, generator: Generator
) -> Model:
    """A model that says `plan`, then `end`, if it is asked in the right way.

    Row t of its logits belongs to the token after written[: t + 1]. To a beginning
    that is none of its own it answers something, as any model does.
    """
    noise = torch.rand(PATIENCE + 1, n_tokens, generator=generator)

    def favourite(written: list[int]) -> int:
        n = len(written) - 1
        if written == [begin, *plan[:n]]:
            return plan[n] if n < len(plan) else end
        return (sum(written) + n + 1) % (end - 1)  # some other token, never the end

    def logits_of(written: list[int]) -> Tensor:
        if not written:
            raise ValueError("nothing is written yet; start with `begin`")
        if len(written) > PATIENCE:
            raise ValueError(
                f"{len(written)} tokens, and no end in sight: stop earlier"
            )
        beginnings = [written[: t + 1] for t in range(len(written))]
        best = torch.tensor([favourite(one) for one in beginnings])
        sure = torch.full((len(written), 1), 5.0)
        sure[1:2] = 9.0  # surest of all is the second row
        return noise[: len(written)] + sure * torch.eye(n_tokens)[best]

    return logits_of


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Ends in time, also with a token that comes again; ends not in time; ends just
    in time; has nothing to say.
    """
    begin, end = 12, 11
    late, just = (torch.randperm(10, generator=generator).tolist() for _ in range(2))
    for plan, max_new in (
        ([4, 7, 2], 6),
        ([3, 3, 8, 3], 6),
        (late[:7], 4),
        (just[:5], 5),
        ([], 3),
    ):
        model = talker(plan, begin, end, 13, generator)
        yield dict(logits_of=model, begin=begin, end=end, max_new=max_new)


def _until_again(tokens: list[int], far: int) -> list[int]:
    """Cut off before the first token that is among the `far` before it."""
    for i, token in enumerate(tokens):
        if token in tokens[max(i - far, 0) : i]:
            return tokens[:i]
    return tokens


_AGAIN = (
    "it stops where a token comes again, but that is no mistake of the model: in "
    "三千三 one does. Only `end` says that the answer is complete"
)

_ONLY_FIRST = (
    "the first token comes again and again: each new one is chosen from fresh scores, "
    "asked for with all that is written, and from their *last* row"
)

check_write = Task(
    name="the writing loop",
    right=write,
    cases=_cases,
    compared="every token; with an end in time, too late, just in time, at once",
    hints=(
        "Go through the loop by hand. What does the model get to read in the second "
        "round, and which scores decide what is written then?",
        "In each round: `logits_of(written)`, all of it, `begin` included; of the "
        "scores the last row; of that the largest; append it.",
        "`token = int(logits_of(written)[-1].argmax())`; stop if it is `end`, else "
        "append it, at most `max_new` times. Return what stands behind `begin`.",
    ),
    mistakes=(
        (_AGAIN, lambda *given: _until_again(write(*given), far=1)),
        (_AGAIN, lambda *given: _until_again(write(*given), far=PATIENCE)),
        (_ONLY_FIRST, _slip(seen=lambda written: written[:1])),
        (
            "it goes on behind the end: stop as soon as the token is `end`",
            lambda *given: _full(*given, stops=False)[1:],
        ),
        (
            "the sign for the end is part of what you return; it says that the answer "
            "is complete and does not belong to it",
            lambda *given: _full(*given)[1:],
        ),
        (
            "the sign for the beginning is part of what you return; the model never "
            "wrote it",
            lambda *given: [given[1], *write(*given)],
        ),
        (
            "both signs, for beginning and end, are part of what you return; take the "
            "answer out of between",
            lambda *given: _full(*given),
        ),
        (
            "the model gets the latest token only; give it all that is written, or it "
            "cannot know where it is",
            _slip(seen=lambda written: written[-1:]),
        ),
        (
            "the sign for the beginning is lost after the first round; the model reads "
            "all that is written, with `begin` before it",
            _slip(seen=lambda written: written[1:] or written),
        ),
        (
            "the *least* probable token is written; take the largest score",
            _slip(choose=lambda logits: logits[-1].argmin()),
        ),
        (
            "the largest score of all rows decides; the next token is a matter of the "
            "last row",
            _slip(choose=lambda logits: logits.amax(0).argmax()),
        ),
        (
            "one token too few where the end does not come in time: `begin` is not "
            "among the `max_new`, and there is no `end` to be left out",
            lambda f, begin, end, max_new: write(f, begin, end, max_new - 1),
        ),
        (
            "`max_new` is not heeded: stop there, also if the end has not come",
            lambda f, begin, end, max_new: write(f, begin, end, PATIENCE),
        ),
        (
            "one token too many: `max_new` is the most that may be returned",
            lambda f, begin, end, max_new: write(f, begin, end, max_new + 1),
        ),
    ),
)
