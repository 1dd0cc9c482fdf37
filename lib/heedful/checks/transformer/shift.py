"""The exercise on teacher forcing: what the decoder reads and what it must say."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.text import BOS_ID, EOS_ID, PAD_ID, pad

Row = list[int]


def _rows(target: Callable[[Row], Row], goal: Callable[[Row], Row]) -> Callable:
    """What a shift returns that treats each row in this way."""
    return lambda rows: (pad([*map(target, rows)]), pad([*map(goal, rows)]))


def _bos(row: Row) -> Row:
    return [BOS_ID, *row]


def _eos(row: Row) -> Row:
    return [*row, EOS_ID]


def _as_is(row: Row) -> Row:
    return row


def _cases(generator: Generator) -> Iterator[Inputs]:
    """One row, and rows of different lengths."""
    yield dict(rows=[[7, 5, 9]])
    yield dict(rows=[[7, 5], [4, 8, 6]])
    lengths = torch.randint(1, 8, (5,), generator=generator).tolist()
    draw = [torch.randint(3, 99, (n,), generator=generator) for n in [*lengths, 3, 7]]
    yield dict(rows=[row.tolist() for row in draw])


def _filled(rows: list[Row], fill: int) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [fill] * (width - len(row)) for row in rows])


def _padded_left(rows: list[Row]) -> tuple[Tensor, Tensor]:
    def left(rows: list[Row]) -> Tensor:
        return pad([row[::-1] for row in rows]).flip(1)

    return left([*map(_bos, rows)]), left([*map(_eos, rows)])


def _eos_after_padding(rows: list[Row]) -> tuple[Tensor, Tensor]:
    padded = pad(rows)
    edge = padded.new_ones(len(rows), 1)
    return (
        torch.cat([edge * BOS_ID, padded], 1),
        torch.cat([padded, edge * EOS_ID], 1),
    )


_NO_EOS = (
    "EOS is missing at the end of the goal: the model would never learn to stop, and "
    "the last token must stay in the target, for EOS to follow it"
)
_NOT_SHIFTED = (
    "target and goal are not shifted against each other, so each position is to "
    "predict the token it is given; BOS belongs only in the target"
)
_NO_BOS = (
    "BOS is missing in front of the target: nothing would predict the first token, "
    "and at the start of writing there is nothing to feed in"
)
_FRAMED = (
    "BOS goes only in front of the target and EOS only at the end of the goal; you "
    "put both around one row"
)

check_shift = Task(
    name="shift",
    right=_rows(_bos, _eos),
    cases=_cases,
    parts=("target", "goal"),
    compared="every token; BOS, EOS and padding",
    hints=(
        "At each position t the model has read target[: t + 1] and must say goal[t].",
        "One token longer than the row, both of them: BOS in front of the one, EOS at "
        "the end of the other.",
        "`pad([[BOS_ID, *row] for row in rows])` is half of the answer.",
    ),
    mistakes=(
        (_NO_EOS, _rows(lambda row: _bos(row[:-1]), _as_is)),
        (_NO_EOS, _rows(_bos, _as_is)),
        (_NO_EOS, _rows(_bos, lambda row: [*row, PAD_ID])),
        (_NOT_SHIFTED, _rows(_as_is, _as_is)),
        (_NOT_SHIFTED, _rows(_bos, _bos)),
        (_NOT_SHIFTED, _rows(_eos, _eos)),
        (_NOT_SHIFTED, _rows(lambda row: _eos(_bos(row)), lambda row: _eos(_bos(row)))),
        (_NO_BOS, _rows(_as_is, lambda row: _eos(row[1:]))),
        (_NO_BOS, _rows(_as_is, _eos)),
        (_NO_BOS, _rows(lambda row: [row[-1], *row[:-1]], _as_is)),
        (_NO_BOS, _rows(lambda row: [PAD_ID, *row], _eos)),
        (
            "target and goal are swapped, or the shift goes the wrong way: what is "
            "read (target) starts with BOS, what is said (goal) ends with EOS",
            _rows(_eos, _bos),
        ),
        (
            "BOS and EOS are swapped: BOS begins, EOS ends",
            _rows(lambda row: [EOS_ID, *row], lambda row: [*row, BOS_ID]),
        ),
        (_FRAMED, _rows(lambda row: _eos(_bos(row)), _eos)),
        (_FRAMED, _rows(_bos, lambda row: _eos(_bos(row)))),
        (
            "EOS stands behind the padding; it belongs right behind the last real "
            "token of its row. Add it before you pad",
            _eos_after_padding,
        ),
        (
            "short rows keep EOS in the target, as only the last column was cut off; "
            "cut each row, then pad",
            lambda rows: (
                pad([_eos(_bos(row)) for row in rows])[:, :-1],
                pad([*map(_eos, rows)]),
            ),
        ),
        ("the padding is on the left; it belongs on the right", _padded_left),
        (
            "short rows are filled with EOS; fill them with PAD, which the loss skips",
            lambda rows: (
                _filled([*map(_bos, rows)], EOS_ID),
                _filled([*map(_eos, rows)], EOS_ID),
            ),
        ),
    ),
)
