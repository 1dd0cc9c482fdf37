import torch
from torch import nn
from torch.optim.adam import adam as adam_of_torch

from heedful.checks.pretraining import check_step

from ..specimens import wrong


def length_of(gradients):
    return sum((g**2).sum() for g in gradients) ** 0.5


def short(gradients):
    length = length_of(gradients)
    return [g / length if length > 1 else g for g in gradients]


def adam(
    clip=short,
    keep=(0.9, 0.98),
    take=None,
    square=lambda g: g**2,
    root=0.5,
    sign=-1,
    power=lambda step: step,
    beta=0.98,
):
    """A step in plain loops, with something in it changed."""
    take = take or tuple(1 - b for b in keep)

    def answer(weights, gradients, m, v, step, rate):
        out = [], [], []
        for w, g, a, b in zip(weights, clip(gradients), m, v):
            a = keep[0] * a + take[0] * g
            b = keep[1] * b + take[1] * square(g)
            up = a / (1 - 0.9 ** power(step))
            down = b / (1 - beta ** power(step))
            for part, x in zip(out, (w + sign * rate * up / (down**root + 1e-9), a, b)):
                part.append(x)
        return out

    return answer


def uncorrected(weights, gradients, m, v, step, rate):
    _, m, v = adam()(weights, gradients, m, v, step, rate)
    moved = [w - rate * a / (b.sqrt() + 1e-9) for w, a, b in zip(weights, m, v)]
    return moved, m, v


def handed_on(weights, gradients, m, v, step, rate):
    moved, m, v = adam()(weights, gradients, m, v, step, rate)
    return moved, [a / (1 - 0.9**step) for a in m], [b / (1 - 0.98**step) for b in v]


def step_clipped(weights, gradients, m, v, step, rate):
    moved, m, v = adam(clip=lambda g: g)(weights, gradients, m, v, step, 1.0)
    steps = short([b - a for a, b in zip(weights, moved)])
    return [w + rate * s for w, s in zip(weights, steps)], m, v


def momentum_only(weights, gradients, m, v, step, rate):
    _, m, v = adam()(weights, gradients, m, v, step, rate)
    moved = [w - rate * a / (1 - 0.9**step) for w, a in zip(weights, m)]
    return moved, m, v


def old_averages(weights, gradients, m, v, step, rate):
    moved = [
        w - rate * (a / (1 - 0.9**step)) / ((b / (1 - 0.98**step)).sqrt() + 1e-9)
        for w, a, b in zip(weights, m, v)
    ]
    return moved, *adam()(weights, gradients, m, v, step, rate)[1:]


def lengths_added(gradients):
    length = sum(g.norm() for g in gradients)
    return [g / max(1, length) for g in gradients]


def only_m_corrected(weights, gradients, m, v, step, rate):
    _, m, v = adam()(weights, gradients, m, v, step, rate)
    moved = [
        w - rate * a / (1 - 0.9**step) / b.sqrt() for w, a, b in zip(weights, m, v)
    ]
    return moved, m, v


CHECK = check_step

WRONG = [
    wrong("the gradient is not clipped", adam(clip=lambda gs: gs)),
    wrong(
        "each tensor is clipped by itself", adam(lambda gs: [short([g])[0] for g in gs])
    ),
    wrong(
        "each number is clipped by itself",
        adam(lambda gs: [g.clamp(-1, 1) for g in gs]),
    ),
    wrong(
        "the root is missing",
        adam(lambda gs: [g / max(1, length_of(gs) ** 2) for g in gs]),
    ),
    wrong(
        "a gradient that is shorter than 1",
        adam(lambda gs: [g / length_of(gs) for g in gs]),
    ),
    wrong("lengths of the tensors are added", adam(lengths_added)),
    wrong("only m is corrected", only_m_corrected),
    wrong("you clip the step that Adam makes", step_clipped),
    wrong("the averages are not corrected", uncorrected),
    wrong("the correction is that of the step before", adam(power=lambda s: s - 1)),
    wrong("the correction of the first step", adam(power=lambda step: 1)),
    wrong("the corrected averages are handed on", handed_on),
    wrong("square the gradient", adam(square=lambda g: g)),
    wrong("v remembers for longer", adam(keep=(0.9, 0.9))),
    wrong("the default of torch", adam(keep=(0.9, 0.999), beta=0.999)),
    wrong("old and new have changed places", adam(keep=(0.1, 0.02))),
    wrong("the new gradient is added in full", adam(take=(1, 1))),
    wrong("m is divided by the root of v", adam(root=1)),
    wrong("multiplied by the root of v", adam(root=-0.5)),
    wrong("gradient descent with momentum", momentum_only),
    wrong("uphill", adam(sign=1)),
    wrong("from before; renew m and v first", old_averages),
    wrong("return 3 values, (weights, m, v)", lambda weights, *_: weights),
]


def by_torch(weights, gradients, m, v, step, rate):
    parameters = [nn.Parameter(w.clone()) for w in weights]
    for p, g in zip(parameters, gradients):
        p.grad = g.clone()
    nn.utils.clip_grad_norm_(parameters, 1.0)
    moved, m, v = ([x.detach().clone() for x in part] for part in (parameters, m, v))
    steps_before = [torch.tensor(step - 1.0) for _ in moved]
    adam_of_torch(
        moved, [p.grad for p in parameters], m, v, [], steps_before,
        lr=rate, beta1=0.9, beta2=0.98, eps=1e-9,
        foreach=False, amsgrad=False, weight_decay=0.0, maximize=False,
    )  # fmt: skip
    return moved, m, v


RIGHT = [adam(), by_torch]


def INPUTS(generator):
    """Early and late steps; long and short gradients, and a gradient of zero."""
    for step, size in ((1, 2.0), (2, 0.1), (5, 0.3), (50, 4.0)):
        draw = [
            [torch.randn(shape, generator=generator) for shape in ((3,), (2, 5))]
            for _ in range(4)
        ]
        weights, gradients, m, v = draw
        yield dict(
            weights=weights,
            gradients=[size * g for g in gradients],
            m=[0.3 * a for a in m],
            v=[b**2 + 0.01 for b in v],
            step=step,
            rate=0.1,
        )
