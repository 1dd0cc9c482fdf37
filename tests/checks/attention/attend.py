import numpy as np
import torch
from scipy.special import softmax

from heedful.checks.attention import check_attend
from heedful.checks.attention.softmax import normal
from heedful.nets import attend

from ..specimens import UNKNOWN, wrong


def scaled(q, k):
    return q @ k.T / np.sqrt(q.shape[-1])


def over_queries(q, k, v):
    return softmax(scaled(q, k), axis=0) @ v


def without_keepdims(q, k, v):
    powers = np.exp(scaled(q, k) - scaled(q, k).max())
    return powers / powers.sum(axis=1) @ v


def over_all(q, k, v):
    return softmax(scaled(q, k)) @ v


def scaled_late(q, k, v):
    return softmax(q @ k.T, axis=-1) / np.sqrt(q.shape[-1]) @ v


def scaled_twice(q, k, v):
    return softmax(scaled(q, k), axis=-1) / np.sqrt(k.shape[1]) @ v


def times_root(q, k, v):
    return softmax(q @ k.T * k.shape[-1] ** 0.5, axis=-1) @ v


def powers_only(q, k, v):
    return np.exp(scaled(q, k)) @ v


def hard(q, k, v):
    return v[(q @ k.T).argmax(axis=-1)]


def sharper(q, k, v):
    return softmax(3 * scaled(q, k), axis=-1) @ v


def first_question_only(q, k, v):
    return softmax(scaled(q, k), axis=-1)[:1] @ v


CHECK = check_attend

WRONG = [
    wrong("softmax runs over the queries", over_queries),
    wrong("keepdims=True", without_keepdims),
    wrong("all weights together", over_all),
    wrong("division comes after", scaled_late),
    wrong("division is done twice", scaled_twice),
    wrong("not divided: without", lambda q, k, v: softmax(q @ k.T, axis=-1) @ v),
    wrong(
        "are divided by d; divide",
        lambda q, k, v: softmax(q @ k.T / q.shape[-1], axis=-1) @ v,
    ),
    wrong("multiplied by the root", times_root),
    wrong(
        "number of queries",
        lambda q, k, v: softmax(q @ k.T / np.sqrt(q.shape[0]), axis=-1) @ v,
    ),
    wrong(
        "width of the values",
        lambda q, k, v: softmax(q @ k.T / np.sqrt(v.shape[1]), axis=-1) @ v,
    ),
    wrong("softmax is missing", lambda q, k, v: scaled(q, k) @ v),
    wrong("so this is no mixture", powers_only),
    wrong("the best key takes all", hard),
    wrong("q and k are swapped", lambda q, k, v: softmax(scaled(k, q), axis=-1) @ v),
    wrong("the keys are mixed", lambda q, k, v: softmax(scaled(q, k), axis=-1) @ k),
    wrong("you return the weights", lambda q, k, v: softmax(scaled(q, k), axis=-1)),
    wrong("shape is (1, 2)", first_question_only),
    wrong(UNKNOWN, sharper),
]


def by_loops(q, k, v):
    mixed = np.zeros((len(q), v.shape[1]))
    for i, asks in enumerate(q):
        powers = [np.exp(asks @ key / len(asks) ** 0.5) for key in k]
        for power, value in zip(powers, v):
            mixed[i] += power / sum(powers) * value
    return mixed


def by_the_library(q, k, v):
    return attend(*map(torch.tensor, (q, k, v))).numpy()


def by_columns(q, k, v):
    """Keys as rows: then the softmax belongs on the first axis."""
    return np.einsum("st,sd->td", softmax(scaled(k, q), axis=0), v)


RIGHT = [by_loops, by_the_library, by_columns]


def INPUTS(generator):
    """More queries than keys and fewer, and one key alone."""
    for t, s, d, d_value in ((2, 1, 3, 2), (7, 5, 11, 2), (1, 3, 2, 5)):
        yield dict(
            q=normal(generator, t, d),
            k=normal(generator, s, d),
            v=normal(generator, s, d_value),
        )
