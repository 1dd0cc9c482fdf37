import torch
from torch.nn.utils.rnn import pad_sequence

from heedful.checks.transformer import check_shift
from heedful.text import BOS_ID, EOS_ID, PAD_ID, EncodedPairs, pad

from ..specimens import wrong


def rows_made_by(target, goal):
    return lambda rows: (pad([target(r) for r in rows]), pad([goal(r) for r in rows]))


def rolled(rows):
    tokens = pad(rows)
    return tokens.roll(1, dims=1), tokens


def rolled_with_bos(rows):
    """The shift of many libraries: what does not fit falls off at the end."""
    goal = pad(rows)
    target = goal.roll(1, dims=1)
    target[:, 0] = BOS_ID
    return target, goal


def framed_then_cut(rows):
    framed = pad([[BOS_ID, *row, EOS_ID] for row in rows])
    return framed[:, :-1], framed[:, 1:]


def cut_rows(rows):
    framed = [[BOS_ID, *row, EOS_ID] for row in rows]
    return pad([row[:-1] for row in framed]), pad([row[1:] for row in framed])


def padded_first(rows):
    tokens = pad(rows)
    bos, eos = (torch.full((len(rows), 1), i) for i in (BOS_ID, EOS_ID))
    return torch.cat([bos, tokens], dim=1), torch.cat([tokens, eos], dim=1)


def padded_on_the_left(rows):
    width = 1 + max(map(len, rows))
    space = [[PAD_ID] * (width - 1 - len(row)) for row in rows]
    target = [[*s, BOS_ID, *row] for s, row in zip(space, rows)]
    goal = [[*s, *row, EOS_ID] for s, row in zip(space, rows)]
    return torch.tensor(target), torch.tensor(goal)


def filled_with_eos(rows):
    width = 1 + max(map(len, rows))
    target = [[BOS_ID, *row] + [EOS_ID] * (width - 1 - len(row)) for row in rows]
    goal = [[*row] + [EOS_ID] * (width - len(row)) for row in rows]
    return torch.tensor(target), torch.tensor(goal)


CHECK = check_shift

WRONG = [
    wrong("EOS is missing", rolled_with_bos),
    wrong("EOS is missing", rows_made_by(lambda r: [BOS_ID, *r], lambda r: r)),
    wrong("are not shifted", rows_made_by(lambda r: r, lambda r: r)),
    wrong(
        "are not shifted",
        rows_made_by(lambda r: [BOS_ID, *r, EOS_ID], lambda r: [BOS_ID, *r, EOS_ID]),
    ),
    wrong("BOS is missing", rolled),
    wrong("BOS is missing", rows_made_by(lambda r: r, lambda r: [*r[1:], EOS_ID])),
    wrong(
        "target and goal are swapped",
        rows_made_by(lambda r: [*r, EOS_ID], lambda r: [BOS_ID, *r]),
    ),
    wrong(
        "BOS and EOS are swapped",
        rows_made_by(lambda r: [EOS_ID, *r], lambda r: [*r, BOS_ID]),
    ),
    wrong(
        "you put both",
        rows_made_by(lambda r: [BOS_ID, *r, EOS_ID], lambda r: [*r, EOS_ID]),
    ),
    wrong("short rows keep EOS", framed_then_cut),
    wrong("behind the padding", padded_first),
    wrong("padding is on the left", padded_on_the_left),
    wrong("filled with EOS", filled_with_eos),
    wrong(
        "float32; it should be int64",
        lambda rows: tuple(t.float() for t in cut_rows(rows)),
    ),
]


def by_the_library(rows):
    batch = EncodedPairs(rows, rows).batch(list(range(len(rows))))
    return batch.target, batch.goal


def by_torch(rows):
    ends = [(torch.tensor([BOS_ID, *r]), torch.tensor([*r, EOS_ID])) for r in rows]
    return [pad_sequence(list(side), batch_first=True) for side in zip(*ends)]


RIGHT = [cut_rows, by_the_library, by_torch]


def INPUTS(generator):
    """From no token at all to many; rows of one length and of several."""
    yield dict(rows=[[]])
    yield dict(rows=[[5], [], [9, 8, 7]])
    for n in (1, 4):
        lengths = torch.randint(0, 9, (n,), generator=generator).tolist()
        draw = [torch.randint(3, 50, (m,), generator=generator) for m in lengths]
        yield dict(rows=[row.tolist() for row in draw])
