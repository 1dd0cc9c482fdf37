import numpy as np
import torch

from heedful.checks.attention import check_softmax
from heedful.checks.attention.softmax import normal

from ..specimens import wrong


def quiet(answer):
    """As in a notebook, where overflow is a warning and not an error."""

    def hushed(scores):
        with np.errstate(all="ignore"):
            return answer(scores)

    return hushed


def naive(s):
    return np.exp(s) / np.exp(s).sum(axis=-1, keepdims=True)


def whole_max(s):
    e = np.exp(s - np.max(s))
    return e / e.sum(axis=-1, keepdims=True)


def less_min(s):
    e = np.exp(s - np.min(s, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def less_mean(s):
    e = np.exp(s - np.mean(s, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def whole_sum(s):
    e = np.exp(s - s.max())
    return e / e.sum()


def row_max_whole_sum(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum()


def columns(s):
    e = np.exp(s - s.max(axis=0))
    return e / e.sum(axis=0)


def mixed_axes(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=0)


def second_axis(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def powers_only(s):
    return np.exp(s - s.max(axis=-1, keepdims=True))


def no_powers(s):
    return s / s.sum(axis=-1, keepdims=True)


def log_shares(s):
    top = s.max(axis=-1, keepdims=True)
    return s - top - np.log(np.exp(s - top).sum(axis=-1, keepdims=True))


def one_hot(s):
    return np.eye(s.shape[-1])[s.argmax(axis=-1)]


def over_max(s):
    s = s / s.max(axis=-1, keepdims=True)
    return by_logarithms(s)


def upside_down(s):
    e = np.exp(s.min(axis=-1, keepdims=True) - s)
    return e / e.sum(axis=-1, keepdims=True)


def transposed(s):
    return naive(s).T


CHECK = check_softmax

ANSWERS = [
    ("large scores overflow", naive),
    ("nan_to_num hides", lambda s: np.nan_to_num(naive(s))),
    ("are clipped", lambda s: naive(s.clip(-50, 50))),
    ("along axis 1", second_axis),
    ("each row needs its own max", whole_max),
    ("is not the largest score", less_min),
    ("is not the largest score", less_mean),
    ("all shares together", whole_sum),
    ("all shares together", row_max_whole_sum),
    ("the columns sum to 1", columns),
    ("sums of the columns", mixed_axes),
    ("not divided by their sum", powers_only),
    ("not divided by their sum", np.exp),
    ("take powers of e first", no_powers),
    ("the logarithm of the shares", log_shares),
    ("as by a sigmoid", lambda s: 1 / (1 + np.exp(-s))),
    ("the best key takes all", one_hot),
    ("are divided by the largest", over_max),
    ("sign is wrong", upside_down),
    ("shape is (3, 2), expected (2, 3)", transposed),
    ("not a torch.Tensor", lambda s: torch.tensor(s).softmax(-1)),
]
WRONG = [wrong(phrase, quiet(answer)) for phrase, answer in ANSWERS]


def by_rows(scores):
    """One row at a time, in Python's own numbers."""
    rows = []
    for row in scores.reshape(-1, scores.shape[-1]).tolist():
        powers = [np.e ** (s - max(row)) for s in row]
        rows.append([p / sum(powers) for p in powers])
    return np.array(rows).reshape(scores.shape)


def by_logarithms(scores):
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))


def by_torch(scores):
    return torch.tensor(scores).softmax(-1).numpy()


def in_float32(scores):
    return by_logarithms(scores).astype("float32")


RIGHT = [by_rows, by_logarithms, by_torch, in_float32]


def INPUTS(generator):
    """Rows near and far, high and low, and one with a hidden key."""
    for shape in ((3, 2), (2, 5, 3), (4,)):
        yield dict(scores=3 * normal(generator, *shape))
    heights = np.array([[900.0], [-900.0], [0.0]])
    yield dict(scores=heights + normal(generator, 3, 5))
    far = 900 * normal(generator, 5, 3)
    far[0, 2] = -np.inf
    yield dict(scores=far)
