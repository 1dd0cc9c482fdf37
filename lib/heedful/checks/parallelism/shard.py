"""The exercise on tensor parallelism: a feed-forward layer that n GPUs share."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from heedful.checks import Task
from heedful.checks.parallelism.group import Group
from heedful.checks.values import Inputs

Result = tuple[Tensor, int]
Layer = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, int], Tensor]
Answer = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, Group], Result]


def whole(
    x: Tensor, w_in: Tensor, b_in: Tensor, w_out: Tensor, b_out: Tensor, n: int = 1
) -> Tensor:
    """The layer as one GPU computes it."""
    return F.relu(x @ w_in + b_in) @ w_out + b_out


def _once(result: Tensor, n: int) -> int:
    """One all-reduce of the result."""
    return 2 * (n - 1) * result.numel() // n


def _with(
    layer: Layer = whole, sent: Callable[[Tensor, Tensor, int], int] | None = None
) -> Answer:
    """The right answer with another result, or with other exchanges.

    `sent(result, hidden, n)` counts them.
    """

    def answer(x, w_in, b_in, w_out, b_out, group) -> Result:
        result = layer(x, w_in, b_in, w_out, b_out, group.n)
        if sent is None:
            return result, _once(result, group.n)
        return result, sent(result, x @ w_in, group.n)

    return answer


right = _with()


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Three GPUs, then two and five."""
    for sizes in ((4, 3, 21, 3), (5, 2, 6, 2), (3, 5, 10, 5)):
        yield layer(*sizes, generator)


def layer(
    n_tokens: int, d_model: int, d_ff: int, n: int, generator: Generator
) -> Inputs:
    """A feed-forward layer and its input; `n_tokens * d_model` is a multiple of n or
    the ring's pieces are not of one size.
    """
    shapes = dict(
        x=(n_tokens, d_model),
        w_in=(d_model, d_ff),
        b_in=(d_ff,),
        w_out=(d_ff, d_model),
        b_out=(d_model,),
    )
    drawn = {k: torch.randn(*s, generator=generator) for k, s in shapes.items()}
    return drawn | dict(group=Group(n))


def _biases(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return whole(x, w_in, b_in, w_out, n * b_out)


def _no_bias_out(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return whole(x, w_in, b_in, w_out, 0 * b_out)


def _no_bias_in(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return whole(x, w_in, 0 * b_in, w_out, b_out)


def _no_biases(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return whole(x, w_in, 0 * b_in, w_out, 0 * b_out)


def _straight(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return (x @ w_in + b_in) @ w_out + b_out


def _late_relu(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return F.relu(_straight(x, w_in, b_in, w_out, b_out, n))


def _relu_of_parts(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    parts = zip(x.chunk(n, 1), w_in.chunk(n, 0))
    return sum(F.relu(a @ b + b_in) for a, b in parts) @ w_out + b_out


def _repeated(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    """Each GPU computed everything, and all of it was added up."""
    return n * (whole(x, w_in, b_in, w_out, 0 * b_out)) + b_out


def _repeated_biases(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return n * whole(x, w_in, b_in, w_out, b_out)


def _mean(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    return whole(x, w_in, b_in, w_out / n, b_out)


def _first_part(x, w_in, b_in, w_out, b_out, n) -> Tensor:
    k = w_in.size(1) // n
    return whole(x, w_in[:, :k], b_in[:k], n * w_out[:k], b_out)


check_layer = Task(
    name="shared layer",
    right=right,
    cases=_cases,
    compared="the result and what each GPU sends; for 2, 3 and 5 GPUs",
    parts=("result", "sent"),
    atol=1e-4,
    hints=(
        "relu works number by number. If a GPU has all of some *columns* of the hidden "
        "layer, it can apply it at once, without asking anybody.",
        "The columns of `w_in` that a GPU has make some of the hidden numbers. Which "
        "rows of `w_out` do these meet? What comes out is a summand of the result.",
        "For each GPU `relu(x @ w_in[:, own] + b_in[own]) @ w_out[own]`; then one "
        "`group.all_reduce(parts)`, and `b_out` is added once, after it.",
    ),
    mistakes=(
        (
            "each GPU adds `b_out` to its part, so the sum has it n times; add it "
            "once, after the all-reduce",
            _with(_biases),
        ),
        ("`b_out` is missing; add it once, after the all-reduce", _with(_no_bias_out)),
        (
            "`b_in` is missing: each GPU adds its own piece of it, before relu",
            _with(_no_bias_in),
        ),
        (
            "both biases are missing: `b_in` in pieces before relu, `b_out` once, "
            "after the all-reduce",
            _with(_no_biases),
        ),
        ("relu is missing between the two products", _with(_straight)),
        ("relu stands between the two products, not behind them", _with(_late_relu)),
        (
            "relu of parts is not part of relu: `w_in` is cut by rows, so each GPU has "
            "only summands of the hidden numbers. Cut it by columns",
            _with(
                _relu_of_parts, lambda result, hidden, n: 2 * (n - 1) * hidden.numel()
            ),
        ),
        (
            "relu of parts is not part of relu: `w_in` is cut by rows, so each GPU has "
            "only summands of the hidden numbers. Cut it by columns",
            _with(
                _relu_of_parts,
                lambda result, hidden, n: 2 * (n - 1) * hidden.numel() // n,
            ),
        ),
        (
            "each GPU computes the whole layer, and the all-reduce adds n copies; give "
            "each its own columns of `w_in` and rows of `w_out`",
            _with(_repeated),
        ),
        (
            "each GPU computes the whole layer, and the all-reduce adds n copies; give "
            "each its own columns of `w_in` and rows of `w_out`",
            _with(_repeated_biases),
        ),
        (
            "the parts are summands: take their sum, not their mean",
            _with(_mean),
        ),
        (
            "the parts are summands: take their sum, not their mean",
            _with(lambda *given: whole(*given[:5]) / given[5]),
        ),
        (
            "only one GPU's columns are in the result, n times over: each has its own",
            _with(_first_part),
        ),
        (
            "the result is right, but nobody has sent anything: either each GPU had "
            "the whole matrices, or the parts were added up without `group`",
            _with(sent=lambda result, hidden, n: 0),
        ),
        (
            "the result is right, but the hidden numbers travel: if `w_out` is cut by "
            "*rows*, each GPU needs only those that it has made itself",
            _with(sent=lambda r, h, n: (n - 1) * (h.numel() + r.numel()) // n),
        ),
        (
            "the result is right, but the hidden numbers travel: if `w_out` is cut by "
            "*rows*, each GPU needs only those that it has made itself",
            _with(sent=lambda r, h, n: (n - 1) * (h.numel() + 2 * r.numel()) // n),
        ),
        (
            "the result is right, but the hidden numbers are gathered and then each "
            "GPU needs all of `w_out`; cut it by rows, and add the parts up",
            _with(sent=lambda r, h, n: (n - 1) * h.numel() // n),
        ),
        (
            "the result is right, but there are two exchanges: with `w_in` cut by "
            "*columns*, relu needs nobody else, and one all-reduce is enough",
            _with(sent=lambda r, h, n: 2 * (n - 1) * (h.numel() + r.numel()) // n),
        ),
        (
            "the result is right, but there are two exchanges: with `w_in` cut by "
            "*columns*, relu needs nobody else, and one all-reduce is enough",
            _with(sent=lambda r, h, n: (n - 1) * (2 * h.numel() + r.numel()) // n),
        ),
        (
            "the result is right, but the parts are gathered whole and added up by "
            "everybody; `all_reduce` adds them on the way, for less",
            _with(sent=lambda r, h, n: (n - 1) * r.numel()),
        ),
        (
            "the result is right, but the all-reduce is done twice; once is enough",
            _with(sent=lambda r, h, n: 2 * _once(r, n)),
        ),
        (
            "return how many numbers *each* GPU has sent, group.sent, not all together",
            _with(sent=lambda r, h, n: n * _once(r, n)),
        ),
    ),
)
