import torch

from heedful.checks.transformer import check_decoder_mask

from ..specimens import wrong


def square(tokens):
    return torch.ones(tokens.size(1), tokens.size(1), dtype=torch.bool)


def keys(tokens, pad_id):
    return (tokens != pad_id)[:, None, None, :]


def queries(tokens, pad_id):
    return (tokens != pad_id)[:, None, :, None]


def torch_convention(tokens, pad_id):
    """True = hidden, as nn.Transformer has it for padding."""
    return square(tokens).triu(1) | (tokens == pad_id)[:, None, None, :]


def additive(tokens, pad_id):
    allowed = square(tokens).tril() & keys(tokens, pad_id)
    return torch.zeros(allowed.shape).masked_fill(~allowed, float("-inf"))


CHECK = check_decoder_mask

WRONG = [
    wrong("the mask is inverted", torch_convention),
    wrong("may see itself", lambda x, pad_id: square(x).tril(-1) & keys(x, pad_id)),
    wrong("sees the next token", lambda x, pad_id: square(x).tril(1) & keys(x, pad_id)),
    wrong("wrong way round", lambda x, pad_id: square(x).triu() & keys(x, pad_id)),
    wrong(
        "causal half is inverted",
        lambda x, pad_id: square(x).triu(1) & keys(x, pad_id),
    ),
    wrong(
        "padding half is inverted",
        lambda x, pad_id: square(x).tril() & (x == pad_id)[:, None, None, :],
    ),
    wrong(
        "causal mask is missing",
        lambda x, pad_id: keys(x, pad_id).expand(-1, -1, x.size(1), -1),
    ),
    wrong(
        "padding is not",
        lambda x, pad_id: square(x).tril().repeat(len(x), 1, 1, 1),
    ),
    wrong("not by 'or'", lambda x, pad_id: square(x).tril() | keys(x, pad_id)),
    wrong("as a query", lambda x, pad_id: square(x).tril() & queries(x, pad_id)),
    wrong(
        "as a query",
        lambda x, pad_id: square(x).tril() & queries(x, pad_id) & keys(x, pad_id),
    ),
    wrong("whatever pad_id is", lambda x, pad_id: square(x).tril() & keys(x, 0)),
    wrong(
        "axis for the heads",
        lambda x, pad_id: square(x).tril() & (x != pad_id)[:, None, :],
    ),
    wrong("shape is (1, 4)", lambda x, pad_id: x != pad_id),
    wrong("should be bool", additive),
]


def by_loops(tokens, pad_id):
    n_texts, length = tokens.shape
    mask = torch.zeros(n_texts, 1, length, length, dtype=torch.bool)
    for b in range(n_texts):
        for t in range(length):
            for s in range(t + 1):
                mask[b, 0, t, s] = tokens[b, s] != pad_id
    return mask


def by_comparing_indices(tokens, pad_id):
    place = torch.arange(tokens.size(1))
    shown = (place[None, :] <= place[:, None]).float() * tokens.ne(pad_id)[:, None]
    return shown.unsqueeze(1) > 0.5


RIGHT = [by_loops, by_comparing_indices]


def INPUTS(generator):
    """One token to eleven, padding anywhere behind the first, any `pad_id`."""
    for b, t in ((1, 1), (1, 2), (5, 11)):
        tokens = torch.randint(0, 4, (b, t), generator=generator)
        for pad_id in range(4):
            yield dict(tokens=tokens.clone(), pad_id=pad_id)
