import numpy as np
import torch
from torch import float64, nn, randn

from heedful.checks.before_2017 import check_lstm_step

from ..specimens import wrong


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(memory="f * c + i * g", shown="o * np.tanh(c)", biases="0123", swap=False):
    """A step whose two last lines are given, and whose gates take these biases."""

    def my_step(x, h, c, W, b):
        z = np.concatenate([x, h] if swap else [h, x])
        raw = [z @ W[n] + b[int(k)] for n, k in enumerate(biases)]
        f, i, o = (sigmoid(raw[n]) for n in (0, 1, 3))
        names = dict(f=f, i=i, o=o, g=np.tanh(raw[2]), c=c, old=c, raw=raw[2], np=np)
        names["sigmoid"] = sigmoid
        names["c"] = eval(memory, names)
        return eval(shown, names), names["c"]

    return my_step


CHECK = check_lstm_step

WRONG = [
    wrong("no bias can open the forget gate", step(biases="3323")),
    wrong("it has its own, b[FORGET]", step(biases="3123")),
    wrong("it has its own, b[INPUT]", step(biases="0323")),
    wrong("biases are missing", lambda x, h, c, W, b: step()(x, h, c, W, 0 * b)),
    wrong("a gate multiplies: i * g", step("f * c + (i + g)")),
    wrong("gates are swapped", step("i * c + f * g")),
    wrong("only the old c goes through it", step("f * (c + i * g)")),
    wrong("where the input gate should be", step("f * c + (1 - f) * g")),
    wrong("a gate of 1 keeps", step("(1 - f) * c + i * g")),
    wrong("old c is not kept", step("i * g")),
    wrong("forget gate is missing", step("c + i * g")),
    wrong("input gate is missing", step("f * c + g")),
    wrong("make the new c first", step(shown="o * np.tanh(old)")),
    wrong("lacks the tanh", step(shown="o * c")),
    wrong("output gate is missing", step(shown="np.tanh(c)")),
    wrong("not through a sigmoid", step("f * c + i * sigmoid(raw)")),
    wrong("wrong order", lambda x, h, c, W, b: step()(x, h, c, W, b)[::-1]),
    wrong("rows of W belong to h first", step(swap=True)),
    wrong("return 2 values, (h, c)", lambda x, h, c, W, b: step()(x, h, c, W, b)[0]),
]


def by_torch(x, h, c, W, b):
    cell = nn.LSTMCell(len(x), len(h), dtype=float64)
    order = [1, 0, 2, 3]  # torch has the input gate first
    weight = torch.tensor(np.concatenate([W[n] for n in order], axis=1).T)
    with torch.no_grad():
        cell.weight_hh.copy_(weight[:, : len(h)])
        cell.weight_ih.copy_(weight[:, len(h) :])
        cell.bias_ih.copy_(torch.tensor(np.concatenate([b[n] for n in order])))
        cell.bias_hh.zero_()
        x, h, c = (torch.tensor(part)[None] for part in (x, h, c))
        return [part[0].numpy() for part in cell(x, (h, c))]


def number_by_number(x, h, c, W, b):
    def gate(n, k):
        raw = b[n, k]
        for row, value in enumerate([*h, *x]):
            raw += value * W[n, row, k]
        return raw

    new_h, new_c = [], []
    for k in range(len(c)):
        f, i, o = (0.5 + 0.5 * np.tanh(gate(n, k) / 2) for n in (0, 1, 3))
        new_c.append(f * c[k] + i * np.tanh(gate(2, k)))
        new_h.append(o * np.tanh(new_c[-1]))
    return np.array(new_h), np.array(new_c)


RIGHT = [by_torch, number_by_number]


def INPUTS(generator):
    for d_in, d in ((1, 2), (3, 1), (5, 4)):
        shapes = dict(x=(d_in,), h=(d,), c=(d,), W=(4, d + d_in, d), b=(4, d))
        yield {
            name: randn(shape, generator=generator, dtype=float64).numpy()
            for name, shape in shapes.items()
        }
