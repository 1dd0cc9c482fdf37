"""The exercise on the block: the decoder's layer, from ready sublayers."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from heedful.checks import Task
from heedful.checks.transformer.heads import linear
from heedful.checks.values import Inputs
from heedful.nets import attend, causal_mask

Sublayer = Callable[[Tensor], Tensor]
Step = Callable[[Tensor, Sublayer, Sublayer], Tensor]


def _post_norm(x: Tensor, sublayer: Sublayer, norm: Sublayer) -> Tensor:
    return norm(x + sublayer(x))


def _no_residual(x: Tensor, sublayer: Sublayer, norm: Sublayer) -> Tensor:
    return norm(sublayer(x))


def _no_norm(x: Tensor, sublayer: Sublayer, norm: Sublayer) -> Tensor:
    return x + sublayer(x)


def _layer(
    step: Step = _post_norm,
    only: tuple[int, ...] = (0, 1, 2),
    order: tuple[int, ...] = (0, 1, 2),
) -> Callable:
    """A decoder layer with another step around some sublayers, or another order."""

    def layer(
        x: Tensor,
        memory: Tensor,
        look_back: Sublayer,
        look_across: Callable[[Tensor, Tensor], Tensor],
        think: Sublayer,
        norms: tuple[Sublayer, Sublayer, Sublayer],
    ) -> Tensor:
        sublayers = (look_back, lambda x: look_across(x, memory), think)
        for i in order:
            around = step if i in only else _post_norm
            x = around(x, sublayers[i], norms[i])
        return x

    return layer


def _once(name: str, i: int) -> list[tuple[str, Callable]]:
    """Right in all steps but one, the likeliest slip in three lines of one kind."""
    return [
        (f"the residual is missing around {name}", _layer(_no_residual, only=(i,))),
        (f"the norm is missing after {name}", _layer(_no_norm, only=(i,))),
    ]


def _with_cross(change: Callable) -> Callable:
    """A decoder layer whose `look_across(x, memory)` is called in another way."""

    def layer(x, memory, look_back, look_across, think, norms):
        def changed(x: Tensor, memory: Tensor) -> Tensor:
            return change(look_across, x, memory)

        return _layer()(x, memory, look_back, changed, think, norms)

    return layer


def _with_norms(choose: Callable) -> Callable:
    def layer(x, memory, look_back, look_across, think, norms):
        return _layer()(x, memory, look_back, look_across, think, choose(norms))

    return layer


def _side_by_side(x, memory, look_back, look_across, think, norms):
    first = norms[0](x + look_back(x))
    second = norms[1](x + look_across(x, memory))
    return norms[2](first + second + think(x))


def _across_first(x, memory, look_back, look_across, think, norms):
    """With the norms in order."""
    swapped = norms[1], norms[0], norms[2]
    return _layer(order=(1, 0, 2))(x, memory, look_back, look_across, think, swapped)


def _old_question(x, memory, look_back, look_across, think, norms):
    first = norms[0](x + look_back(x))
    second = norms[1](first + look_across(x, memory))
    return norms[2](second + think(second))


def _from_the_start(x, memory, look_back, look_across, think, norms):
    y = norms[0](x + look_back(x))
    y = norms[1](x + look_across(y, memory))
    return norms[2](x + think(y))


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A memory as long as `x`, and a longer one."""
    yield _random_layer(generator, n_texts=1, t_len=3, s_len=3, d_model=4)
    yield _random_layer(generator, n_texts=2, t_len=5, s_len=7, d_model=11)


def _random_layer(
    generator: Generator, n_texts: int, t_len: int, s_len: int, d_model: int
) -> Inputs:
    def attention(mask: Tensor | None = None) -> Callable[[Tensor, Tensor], Tensor]:
        q, k, v = (linear(d_model, d_model, generator) for _ in range(3))
        return lambda x, seen: attend(q(x), k(seen), v(seen), mask)

    def norm() -> Sublayer:
        scale, shift = torch.randn(2, d_model, generator=generator)
        return lambda x: F.layer_norm(x, (d_model,), scale, shift)

    back = attention(causal_mask(t_len))
    # Wide enough that the cut-off never leaves a zero for all of a small example.
    d_ff = 8 * d_model
    up, down = linear(d_model, d_ff, generator), linear(d_ff, d_model, generator)
    return dict(
        x=torch.randn(n_texts, t_len, d_model, generator=generator),
        memory=torch.randn(n_texts, s_len, d_model, generator=generator),
        look_back=lambda x: back(x, x),
        look_across=attention(),
        think=lambda x: down(up(x).relu()),
        norms=(norm(), norm(), norm()),
    )


check_decoder_layer = Task(
    name="decoder layer",
    right=_layer(),
    cases=_cases,
    compared="values; order, residuals and norms",
    hints=(
        "Three times the same step, with another sublayer and another norm each time.",
        "The step of 2017 is x = norm(x + sublayer(x)). The x that comes out of one "
        "step goes into the next.",
        "The middle step: x = norms[1](x + look_across(x, memory)).",
    ),
    mistakes=(
        (
            "this is pre-norm, x + sublayer(norm(x)), today's habit; the layer of 2017 "
            "is post-norm, norm(x + sublayer(x))",
            _layer(lambda x, sublayer, norm: x + sublayer(norm(x))),
        ),
        (
            "the residual is missing: add x to what the sublayer returns",
            _layer(_no_residual),
        ),
        (
            "you normalise what the sublayer returns and then add x; add first, then "
            "normalise the sum",
            _layer(lambda x, sublayer, norm: x + norm(sublayer(x))),
        ),
        ("the norms are missing", _layer(_no_norm)),
        *_once("look_back", 0),
        *_once("look_across", 1),
        *_once("think", 2),
        (
            "the residual carries the normalised x; add x as it came in",
            _layer(lambda x, sublayer, norm: norm(x) + sublayer(norm(x))),
        ),
        (
            "the order is wrong: look back first, then across (cross-attention)",
            _layer(order=(1, 0, 2)),
        ),
        (
            "the order is wrong: look back first, then across (cross-attention)",
            _across_first,
        ),
        (
            "the order is wrong: think (feed-forward) comes after both attentions",
            _layer(order=(0, 2, 1)),
        ),
        (
            "the cross-attention is missing: the layer never sees the memory",
            _layer(order=(0, 2)),
        ),
        (
            "the cross-attention takes its queries from memory; they come from the "
            "decoder's x, and memory gives keys and values",
            _with_cross(lambda look_across, x, memory: look_across(memory, x)),
        ),
        (
            "the cross-attention looks at x itself; give it memory to look into",
            _with_cross(lambda look_across, x, memory: look_across(x, x)),
        ),
        (
            "one norm is used three times; each sublayer has its own",
            _with_norms(lambda norms: norms[:1] * 3),
        ),
        (
            "every sublayer gets the x that entered the layer; give it the x that the "
            "step before made",
            _side_by_side,
        ),
        (
            "look_across asks with the x that entered the layer; give it the x that "
            "looking back has made",
            _old_question,
        ),
        (
            "the residuals add the x that entered the layer; add the x that entered "
            "the sublayer",
            _from_the_start,
        ),
    ),
)
