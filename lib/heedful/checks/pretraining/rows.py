"""The exercise on packing: from a folder of texts to rows and their goals."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.text import EOS_ID, PAD_ID, pack

Documents = list[list[int]]
Rows = tuple[Tensor, Tensor]


def _right(documents: Documents, length: int) -> Rows:
    rows = pack(documents, length)
    return rows.tokens, rows.goal


def _cases(generator: Generator) -> Iterator[Inputs]:
    """By hand first; then a stream that ends with its row; then many documents."""
    yield dict(documents=[[7, 5, 9], [4, 8], [6, 3]], length=4)
    yield dict(documents=[[7, 5], [4, 8]], length=3)
    for n, length in ((5, 7), (11, 3)):
        sizes = torch.randint(1, 9, (n,), generator=generator).tolist()
        draw = [torch.randint(3, 99, (m,), generator=generator) for m in sizes]
        yield dict(documents=[ids.tolist() for ids in draw], length=length)
    yield dict(documents=[[5], [9, 7]], length=11)


def _stream(documents: Documents) -> list[int]:
    stream = [EOS_ID]
    for ids in documents:
        stream += [*ids, EOS_ID]
    return stream


def _cut(stream: list[int], length: int, fill: int = PAD_ID, more: int = 0) -> Rows:
    """The stream and its successor in rows, as `pack` cuts them."""
    missing = -(len(stream) - 1) % length + more
    filled = torch.tensor(stream + [fill] * missing)
    return filled[:-1].view(-1, length), filled[1:].view(-1, length)


def _of(
    stream: Callable[[Documents], list[int]],
) -> Callable[[Documents, int], Rows]:
    """What comes out if this stream is cut."""
    return lambda documents, length: _cut(stream(documents), length)


def _not_shifted(documents: Documents, length: int) -> Rows:
    tokens, _ = _right(documents, length)
    return tokens, tokens


def _both_the_goal(documents: Documents, length: int) -> Rows:
    _, goal = _right(documents, length)
    return goal, goal


def _within_the_row(last: Callable[[Tensor], Tensor]) -> Callable:
    """The goal is made of each row alone, with this column at its end."""

    def rows(documents: Documents, length: int) -> Rows:
        tokens, _ = _right(documents, length)
        return tokens, torch.cat([tokens[:, 1:], last(tokens)], dim=1)

    return rows


def _one_longer(documents: Documents, length: int) -> Rows:
    """Rows of length + 1 side by side, each cut into what is read and its goal."""
    stream = _stream(documents)
    stream += [PAD_ID] * (-len(stream) % (length + 1))
    rows = torch.tensor(stream).view(-1, length + 1)
    return rows[:, :-1], rows[:, 1:]


def _overlapping(documents: Documents, length: int) -> Rows:
    windows = torch.tensor(_stream(documents)).unfold(0, length + 1, 1)
    return windows[:, :-1], windows[:, 1:]


def _document_by_document(documents: Documents, length: int) -> Rows:
    cut = [_cut([EOS_ID, *ids, EOS_ID], length) for ids in documents]
    tokens, goal = (torch.cat(side) for side in zip(*cut))
    return tokens, goal


def _without_last(documents: Documents, length: int) -> Rows:
    stream = _stream(documents)
    n = (len(stream) - 1) // length * length
    return _cut(stream[: n + 1], length)


def _last_not_read(documents: Documents, length: int) -> Rows:
    """PAD in place of the last EOS that is read; nothing is asked there."""
    tokens, goal = _right(documents, length)
    return tokens.masked_fill(goal == PAD_ID, PAD_ID), goal


_NO_FIRST = (
    "EOS is missing at the front of the stream: before the first token there is "
    "nothing to read, so it would never be asked for"
)
_BORDER = (
    "the last goal of a row is the first token of the next row: make the goal from "
    "the whole stream, then cut both"
)

check_pack = Task(
    name="packing",
    right=_right,
    cases=_cases,
    parts=("tokens", "goal"),
    compared="every token and its goal; borders and the last row",
    hints=(
        "First one list with all documents and the end signs, then the padding, only "
        "then the rows.",
        "A stream of n tokens asks n - 1 times: for each token but the first. So "
        "n - 1, filled up, must be a multiple of `length`.",
        "`tokens = torch.tensor(stream[:-1]).view(-1, length)`; and the goal is the "
        "same with another slice of the stream.",
    ),
    mistakes=(
        (_NO_FIRST, _of(lambda documents: _stream(documents)[1:])),
        (
            "there is no end sign between two documents: the model would take the one "
            "for the continuation of the other",
            _of(lambda docs: [EOS_ID, *[t for ids in docs for t in ids], EOS_ID]),
        ),
        (
            "there is no end sign between two documents: the model would take the one "
            "for the continuation of the other",
            _of(lambda documents: [t for ids in documents for t in ids]),
        ),
        (
            "EOS is missing behind the last document: how it ends is a question, too",
            _of(lambda documents: _stream(documents)[:-1]),
        ),
        (
            "there are two end signs between documents; one is enough, it ends the one "
            "and begins the other",
            _of(lambda docs: [t for ids in docs for t in (EOS_ID, *ids, EOS_ID)]),
        ),
        (
            "the goal is not shifted: each position is asked for the token that it has "
            "just read",
            _not_shifted,
        ),
        (
            "the goal is not shifted: each position is asked for the token that it has "
            "just read",
            _both_the_goal,
        ),
        (
            "tokens and goal have changed places, or the shift goes the wrong way: the "
            "goal is what comes after",
            lambda documents, length: _right(documents, length)[::-1],
        ),
        (_BORDER, _within_the_row(lambda tokens: tokens[:, :1])),
        (_BORDER, _within_the_row(lambda tokens: tokens[:, :1] * 0 + PAD_ID)),
        (_BORDER, _within_the_row(lambda tokens: tokens[:, :1] * 0 + EOS_ID)),
        (
            "the rows lie side by side, each one longer than `length`, so the first "
            "token of every row but the first is never asked for: let the last goal of "
            "a row be what the next row begins with",
            _one_longer,
        ),
        (
            "the rows overlap, so most tokens are asked for several times; each row "
            "begins where the one before ends",
            _overlapping,
        ),
        (
            "each document has rows of its own, filled up with padding; lay all into "
            "one stream first, so that nothing is wasted but in the last row",
            _document_by_document,
        ),
        (
            "the last row is missing, since it is not full: fill it up with PAD",
            _without_last,
        ),
        (
            "the last row is filled up with EOS, so the model is asked for end signs "
            "that are not there; fill it with PAD, which the loss skips",
            lambda documents, length: _cut(_stream(documents), length, EOS_ID),
        ),
        (
            "when the stream ends with its row, nothing is to be filled up, and you "
            "add a row of nothing but PAD",
            lambda documents, length: _cut(
                stream := _stream(documents),
                length,
                more=length * ((len(stream) - 1) % length == 0),
            ),
        ),
        (
            "the last EOS is not read, though the stream has it; only the missing "
            "places are PAD",
            _last_not_read,
        ),
    ),
)
