import torch

from heedful.checks.pretraining import check_pack
from heedful.text import EOS_ID, PAD_ID

from ..specimens import wrong


def laid_out(documents, first=True, between=True, last=True):
    stream = [EOS_ID] if first else []
    for ids in documents[:-1]:
        stream += [*ids, EOS_ID] if between else ids
    return stream + documents[-1] + ([EOS_ID] if last else [])


def in_rows(stream, length, fill=PAD_ID):
    while (len(stream) - 1) % length:
        stream = [*stream, fill]
    starts = range(0, len(stream) - 1, length)
    tokens = torch.tensor([stream[i : i + length] for i in starts])
    return tokens, torch.tensor([stream[i + 1 : i + 1 + length] for i in starts])


def with_stream(**changes):
    return lambda documents, length: in_rows(laid_out(documents, **changes), length)


def goal_as_read(documents, length):
    tokens, _ = in_rows(laid_out(documents), length)
    return tokens, tokens.clone()


def swapped(documents, length):
    tokens, goal = in_rows(laid_out(documents), length)
    return goal, tokens


def rolled_in_the_row(documents, length):
    tokens, _ = in_rows(laid_out(documents), length)
    return tokens, tokens.roll(-1, dims=1)


def nothing_after_the_row(documents, length):
    tokens, _ = in_rows(laid_out(documents), length)
    goal = torch.full_like(tokens, PAD_ID)
    goal[:, :-1] = tokens[:, 1:]
    return tokens, goal


def side_by_side(documents, length):
    stream = laid_out(documents)
    while len(stream) % (length + 1):
        stream.append(PAD_ID)
    rows = torch.tensor(stream).reshape(-1, length + 1)
    return rows[:, :length], rows[:, 1:]


def sliding(documents, length):
    stream = laid_out(documents)
    windows = [stream[i : i + length + 1] for i in range(len(stream) - length)]
    return torch.tensor(windows)[:, :-1], torch.tensor(windows)[:, 1:]


def each_alone(documents, length):
    parts = [in_rows([EOS_ID, *ids, EOS_ID], length) for ids in documents]
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])


def full_rows_only(documents, length):
    stream = torch.tensor(laid_out(documents))
    n = (len(stream) - 1) // length
    tokens, goal = stream[: n * length], stream[1 : n * length + 1]
    return tokens.view(n, length), goal.view(n, length)


def always_filled(documents, length):
    stream = laid_out(documents)
    stream += [PAD_ID] * (length - (len(stream) - 1) % length)
    return in_rows(stream, length)


def two_signs(documents, length):
    stream = []
    for ids in documents:
        stream.extend([EOS_ID, *ids, EOS_ID])
    return in_rows(stream, length)


def last_sign_hidden(documents, length):
    tokens, goal = in_rows(laid_out(documents), length)
    return torch.where(goal == PAD_ID, goal, tokens), goal


CHECK = check_pack

WRONG = [
    wrong("EOS is missing at the front", with_stream(first=False)),
    wrong("no end sign between two documents", with_stream(between=False)),
    wrong(
        "no end sign between two documents",
        with_stream(first=False, between=False, last=False),
    ),
    wrong("EOS is missing behind the last", with_stream(last=False)),
    wrong("two end signs between", two_signs),
    wrong("the goal is not shifted", goal_as_read),
    wrong("tokens and goal have changed places", swapped),
    wrong("the first token of the next row", rolled_in_the_row),
    wrong("the first token of the next row", nothing_after_the_row),
    wrong("the rows lie side by side", side_by_side),
    wrong("the rows overlap", sliding),
    wrong("each document has rows of its own", each_alone),
    wrong("the last row is missing", full_rows_only),
    wrong(
        "filled up with EOS",
        lambda documents, length: in_rows(laid_out(documents), length, EOS_ID),
    ),
    wrong("add a row of nothing but PAD", always_filled),
    wrong("the last EOS is not read", last_sign_hidden),
    wrong(
        "dtype float32; it should be int64",
        lambda *given: tuple(t.float() for t in in_rows(laid_out(given[0]), given[1])),
    ),
]


def by_slices(documents, length):
    stream = torch.tensor(laid_out(documents))
    n_rows = -(-(len(stream) - 1) // length)
    filled = torch.nn.functional.pad(stream, (0, n_rows * length + 1 - len(stream)))
    return filled[:-1].reshape(n_rows, length), filled[1:].reshape(n_rows, length)


def by_windows(documents, length):
    stream = laid_out(documents)
    stream += [PAD_ID] * (-(len(stream) - 1) % length)
    windows = torch.tensor(stream).unfold(0, length + 1, length)
    return windows[:, :-1], windows[:, 1:]


RIGHT = [with_stream(), by_slices, by_windows]


def INPUTS(generator):
    """One document and many, an empty one among them; short and long rows."""
    yield dict(documents=[[5]], length=1)
    yield dict(documents=[[9, 8], [], [7]], length=2)
    for n, length in ((3, 5), (6, 4)):
        sizes = torch.randint(0, 7, (n,), generator=generator).tolist()
        draw = [torch.randint(3, 50, (m,), generator=generator) for m in sizes]
        yield dict(documents=[ids.tolist() for ids in draw], length=length)
