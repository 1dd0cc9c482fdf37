import numpy as np
import torch
from torch import float64, nn, randn

from heedful.checks.before_2017 import check_convolution

from ..specimens import wrong


def padded(x, kernel, bias, dilation, left=None, right=0, mode="constant"):
    """The convolution with some padding left and right, in torch's order of taps."""
    reach = (len(kernel) - 1) * dilation
    left = reach if left is None else left
    x = np.pad(x, ((left, right), (0, 0)), mode=mode)
    rows = [
        sum(x[t + reach - j * dilation] @ m for j, m in enumerate(kernel)) + bias
        for t in range(len(x) - reach)
    ]
    return np.array(rows).reshape(-1, len(bias))


def on_both_sides(x, kernel, bias, dilation):
    reach = (len(kernel) - 1) * dilation
    return padded(x, kernel, bias, dilation, reach - reach // 2, reach // 2)


def cut_at_the_wrong_end(x, kernel, bias, dilation):
    reach = (len(kernel) - 1) * dilation
    return padded(x, kernel, bias, dilation, reach, reach)[reach:]


def ahead(x, kernel, bias, dilation):
    return padded(x[::-1], kernel, bias, dilation)[::-1].copy()


def rolled(x, kernel, bias, dilation):
    taps = enumerate(kernel)
    return sum(np.roll(x, j * dilation, axis=0) @ m for j, m in taps) + bias


def by_negative_index(x, kernel, bias, dilation):
    rows = []
    for t in range(len(x)):
        row = bias.copy()
        for j in range(len(kernel)):
            row += x[t - j * dilation] @ kernel[j]
        rows.append(row)
    return np.array(rows)


def strict(x, kernel, bias, dilation):
    shifted = np.concatenate([0 * x[:1], x[:-1]])
    return padded(shifted, kernel, bias, dilation)


def from_the_second_input(x, kernel, bias, dilation):
    out = np.zeros((len(x), len(bias))) + bias
    for t in range(len(x)):
        for j in range(len(kernel)):
            if t - j * dilation > 0:
                out[t] += x[t - j * dilation] @ kernel[j]
    return out


def begins_late(x, kernel, bias, dilation):
    out = np.zeros((len(x), len(bias)))
    for t in range((len(kernel) - 1) * dilation, len(x)):
        out[t] = bias
        for j, matrix in enumerate(kernel):
            out[t] += x[t - j * dilation] @ matrix
    return out


def bias_at_first(x, kernel, bias, dilation):
    return begins_late(x, kernel, 0 * bias, dilation) + bias


def bias_in_the_loop(x, kernel, bias, dilation):
    return padded(x, kernel, len(kernel) * bias, dilation)


def of_its_outputs(x, kernel, bias, dilation):
    out = []
    for t in range(len(x)):
        row = bias + x[t] @ kernel[0]
        for j in range(1, len(kernel)):
            if t >= j * dilation:
                row = row + out[t - j * dilation] @ kernel[j]
        out.append(row)
    return np.array(out)


CHECK = check_convolution

WRONG = [
    wrong("Subtract j * dilation", ahead),
    wrong("must be cut off", cut_at_the_wrong_end),
    wrong("zeros stand on both sides", on_both_sides),
    wrong(
        "wrong way round",
        lambda x, kernel, bias, d: padded(x, kernel[::-1], bias, d),
    ),
    wrong("dilation is not used", lambda x, kernel, b, d: padded(x, kernel, b, 1)),
    wrong(
        "leaves one position out more",
        lambda x, kernel, b, d: padded(x, kernel, b, d + 1),
    ),
    wrong("position t itself is left out", strict),
    wrong("very first input", from_the_second_input),
    wrong("wraps round", rolled),
    wrong("wraps round", by_negative_index),
    wrong(
        "repeats the first input",
        lambda x, kernel, b, d: padded(x, kernel, b, d, mode="edge"),
    ),
    wrong("bias is missing", lambda x, kernel, b, d: padded(x, kernel, 0 * b, d)),
    wrong("once for each matrix", bias_in_the_loop),
    wrong("are left empty", begins_late),
    wrong("have only the bias", bias_at_first),
    wrong("too short", lambda x, kernel, b, d: padded(x, kernel, b, d, left=0)),
    wrong("its own outputs", of_its_outputs),
    wrong(
        "not a torch.Tensor",
        lambda x, kernel, b, d: torch.tensor(padded(x, kernel, b, d)),
    ),
]


def by_loops(x, kernel, bias, dilation):
    out = np.zeros((x.shape[0], kernel.shape[2]))
    for t in range(out.shape[0]):
        for e in range(out.shape[1]):
            out[t, e] = bias[e]
            for j in range(kernel.shape[0]):
                for d in range(x.shape[1]):
                    if j * dilation <= t:
                        out[t, e] += x[t - j * dilation, d] * kernel[j, d, e]
    return out


def by_torch(x, kernel, bias, dilation):
    k, d_in, d_out = kernel.shape
    conv = nn.Conv1d(d_in, d_out, k, dilation=dilation, dtype=float64)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor(kernel[::-1].copy()).permute(2, 1, 0))
        conv.bias.copy_(torch.tensor(bias))
        x = nn.functional.pad(torch.tensor(x).T, ((k - 1) * dilation, 0))
        return conv(x).T.numpy()


def by_shifted_copies(x, kernel, bias, dilation):
    out = np.tile(bias, (len(x), 1)).astype("float32")  # as the chapter has it
    for j, matrix in enumerate(kernel):
        back = j * dilation
        if back < len(x):
            out[back:] += x[: len(x) - back] @ matrix
    return out


RIGHT = [by_loops, by_torch, by_shifted_copies]


def INPUTS(generator):
    sizes = ((1, 1, 1, 1, 1), (4, 3, 2, 1, 2), (6, 2, 3, 2, 3), (13, 2, 2, 4, 3))
    for length, d_in, d_out, k, dilation in sizes:
        shapes = ((length, d_in), (k, d_in, d_out), (d_out,))
        x, kernel, bias = (
            randn(shape, generator=generator, dtype=float64).numpy() for shape in shapes
        )
        yield dict(x=x, kernel=kernel, bias=bias, dilation=dilation)
