"""The exercise by hand: what a model has, what it costs, and what else that buys."""

from collections.abc import Callable

from heedful.checks import ByHand

Sizes = tuple[int, int, int, int]  # d_model, n_layers, d_ff, vocab_size
Bill = list[int | float]


def n_parameters(
    sizes: Sizes,
    towers: int = 2,
    squares: int = 4,
    blocks: int = 3,
    norms: int = 2,
    last_norm: int = 1,
) -> int:
    """Of the chapter's small Llama; the rest are ways to get it wrong."""
    d, n_layers, f, v = sizes
    layer = squares * d**2 + blocks * d * f + norms * d
    return towers * v * d + n_layers * layer + last_norm * d


def bill(
    sizes: Sizes,
    tokens: int,
    times: int,
    count: Callable[[Sizes], int] = n_parameters,
    training: int = 6,
    answering: int = 2,
    read: Callable[[int, int], float] = lambda tokens, times: tokens / times,
) -> Bill:
    """Parameters, the training, the tokens of a larger model, the answers."""
    n = count(sizes)
    return [n, training * n * tokens, read(tokens, times), answering * n * tokens]


def _counted(**wrongly: int) -> Callable[..., Bill]:
    return lambda *given: bill(*given, count=lambda s: n_parameters(s, **wrongly))


def _one_layer(sizes: Sizes) -> int:
    d, _, f, v = sizes
    return n_parameters((d, 1, f, v))


check_cost = ByHand(
    name="cost",
    right=bill,
    separate=True,
    hints=(
        "Count what stands before and behind the layers (V D twice, and a norm), then "
        "one layer, and take that as often as there are layers.",
        "A layer has four squares of D x D, three matrices of D x F and two norms of "
        "D. Training takes 6 N D operations, where D now counts tokens.",
        "For the third number: 6 N D stays the same, so what N gains, D loses. For the "
        "fourth: an answer is the way forward only.",
    ),
    mistakes=(
        (
            "you left out the embedding and the output matrix, as Kaplan's group did: "
            "here all parameters count, V D twice",
            _counted(towers=0),
        ),
        (
            "V D is there twice: an embedding before the layers, and an output matrix "
            "behind them",
            _counted(towers=1),
        ),
        (
            "attention has four square matrices: for queries, keys, values, and one "
            "for what comes out",
            _counted(squares=3),
        ),
        ("attention has four square matrices, not one", _counted(squares=1)),
        (
            "the feed-forward part of a Llama has three matrices of D x F, not two",
            _counted(blocks=2),
        ),
        (
            "the feed-forward part of a Llama has three matrices of D x F, not one",
            _counted(blocks=1),
        ),
        (
            "the norms have parameters as well: D each, two in every layer and one "
            "behind them",
            _counted(norms=0, last_norm=0),
        ),
        (
            "each layer has two norms, with D parameters each",
            _counted(norms=0),
        ),
        ("behind the last layer stands one more norm", _counted(last_norm=0)),
        (
            "there are two norms in each layer, not one",
            _counted(norms=1),
        ),
        (
            "that is a model of one layer; the embedding stands there once, but the "
            "layer as often as there are layers",
            lambda *given: bill(*given, count=_one_layer),
        ),
        (
            "training takes 6 operations for each parameter and token: 2 on the way "
            "forward and 4 on the way back",
            lambda *given: bill(*given, training=2),
        ),
        (
            "on the way back each matrix is used twice, for the gradient of its input "
            "and for its own: 2 + 4 = 6 operations, not 4",
            lambda *given: bill(*given, training=4),
        ),
        (
            "6 operations for each parameter and token, not 1: it multiplies and adds "
            "on the way forward, and twice as much on the way back",
            lambda *given: bill(*given, training=1),
        ),
        (
            "the number of tokens is missing: 6 operations for each parameter *and* "
            "token",
            lambda sizes, tokens, times: [
                x / tokens if i in (1, 3) else x
                for i, x in enumerate(bill(sizes, tokens, times))
            ],
        ),
        (
            "with the same budget a larger model reads *less*: 6 N D stays the same",
            lambda *given: bill(*given, read=lambda tokens, times: tokens * times),
        ),
        (
            "a larger model that reads as much costs more: it must read less, so that "
            "6 N D stays the same",
            lambda *given: bill(*given, read=lambda tokens, times: tokens),
        ),
        (
            "the root is for a budget that grows, when size and text share the gain. "
            "Here the budget stays: what N gains, D loses",
            lambda *given: bill(*given, read=lambda tokens, times: tokens / times**0.5),
        ),
        (
            "nothing goes back when a model answers: 2 operations for each parameter "
            "and token, a third of training",
            lambda *given: bill(*given, answering=6),
        ),
        (
            "an answer is the way forward only, 2 of the 6 operations of training: a "
            "third, not a half",
            lambda *given: bill(*given, answering=3),
        ),
        (
            "that is for the larger model of question 3; the one that answers is that "
            "of question 1",
            lambda sizes, tokens, times: bill(
                sizes, tokens, times, answering=2 * times
            ),
        ),
        (
            "each parameter multiplies *and* adds for a token of the answer: 2 "
            "operations, not 1",
            lambda *given: bill(*given, answering=1),
        ),
    ),
)
