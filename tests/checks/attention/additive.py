import numpy as np
import torch
from scipy.special import softmax

from heedful.checks.attention import check_additive
from heedful.checks.attention.softmax import normal

from ..specimens import wrong


def added(q, k, W, U):
    return (W @ q.T).T[:, None, :] + (U @ k.T).T[None, :, :]


def right(q, k, W, U, v):
    return np.tanh(added(q, k, W, U)) @ v


def each_bent(q, k, W, U, v):
    return (np.tanh(q @ W.T) @ v)[:, None] + np.tanh(k @ U.T) @ v


def subtracted(q, k, W, U, v):
    return np.tanh(added(q, -k, W, U)) @ v


def multiplied(q, k, W, U, v):
    return np.tanh((q @ W.T)[:, None] * (k @ U.T)) @ v


def dot_products(q, k, W, U, v):
    return (q @ W.T) @ (k @ U.T).T


def wrong_side(q, k, W, U, v):
    return np.tanh((q @ W)[:, None] + k @ U) @ v


CHECK = check_additive

WRONG = [
    wrong("tanh is missing", lambda q, k, W, U, v: added(q, k, W, U) @ v),
    wrong("comes too late", lambda q, k, W, U, v: np.tanh(added(q, k, W, U) @ v)),
    wrong("bent each by itself", each_bent),
    wrong("this score adds them", multiplied),
    wrong("the Transformer's score", dot_products),
    wrong("key is subtracted", subtracted),
    wrong("W and U are swapped", lambda q, k, W, U, v: right(q, k, U, W, v)),
    wrong("on the wrong side", wrong_side),
    wrong(
        "not simply summed",
        lambda q, k, W, U, v: np.tanh(added(q, k, W, U)).sum(axis=-1),
    ),
    wrong(
        "not simply averaged",
        lambda q, k, W, U, v: np.tanh(added(q, k, W, U)).mean(axis=-1),
    ),
    wrong("a row belongs to a query", lambda *inputs: right(*inputs).T),
    wrong("you return the shares", lambda *inputs: softmax(right(*inputs), axis=-1)),
    wrong(
        "belongs to the dot product",
        lambda q, k, W, U, v: right(q, k, W, U, v) / np.sqrt(len(v)),
    ),
    wrong("shape is (2, 3, 2)", lambda q, k, W, U, v: np.tanh(added(q, k, W, U))),
]


def by_loops(q, k, W, U, v):
    return np.array([[v @ np.tanh(W @ a + U @ b) for b in k] for a in q])


def by_torch(q, k, W, U, v):
    q, k, W, U, v = map(torch.tensor, (q, k, W, U, v))
    hidden = torch.einsum("td,hd->th", q, W)[:, None] + torch.einsum("sd,hd->sh", k, U)
    return (hidden.tanh() * v).sum(-1).numpy()


RIGHT = [by_loops, by_torch]


def INPUTS(generator):
    """Sizes that all differ, and sizes that are all alike."""
    for t, s, d_q, d_k, h in ((3, 2, 5, 7, 11), (3, 3, 3, 3, 3), (1, 5, 2, 3, 1)):
        shapes = dict(q=(t, d_q), k=(s, d_k), W=(h, d_q), U=(h, d_k), v=(h,))
        yield {name: normal(generator, *shape) for name, shape in shapes.items()}
