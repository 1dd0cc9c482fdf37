"""The exercise by hand: what two players pay for the same text, in two units."""

import math
from collections.abc import Callable, Sequence

from heedful.checks import ByHand

Guesses = Sequence[tuple[str, float]]  # each token, and the probability it was given


def _bits(guesses: Guesses) -> float:
    return -sum(math.log2(p) for _, p in guesses)


def _n_bytes(guesses: Guesses) -> int:
    return len("".join(token for token, _ in guesses).encode())


def _for_both(
    per_token: Callable[[Guesses], float] = lambda g: _bits(g) / len(g),
    per_byte: Callable[[Guesses], float] = lambda g: _bits(g) / _n_bytes(g),
) -> Callable[[Guesses, Guesses], list[float]]:
    """The four numbers, if a player's two are found in this way."""

    def numbers(first: Guesses, second: Guesses) -> list[float]:
        return [
            f(guesses) for guesses in (first, second) for f in (per_token, per_byte)
        ]

    return numbers


def _mean_p(guesses: Guesses) -> float:
    return sum(p for _, p in guesses) / len(guesses)


_right = _for_both()

check_price = ByHand(
    name="price",
    right=_right,
    hints=(
        "A token that was given the probability 1/8 costs 3 bits, as 8 is 2 * 2 * 2. "
        "Prices are added.",
        "Per token: the price of the whole text by the number of tokens. Per byte: the "
        "same price by the number of bytes.",
        "A Greek letter takes two bytes in UTF-8; letters without accents, digits, "
        "spaces and signs take one.",
    ),
    mistakes=(
        (
            "that is per character; a byte is not always a character: count the bytes "
            "of the text in UTF-8",
            _for_both(per_byte=lambda g: _bits(g) / len("".join(t for t, _ in g))),
        ),
        (
            "these are nats; a bit is the price of a probability of one half, so take "
            "the logarithm to base 2",
            lambda first, second: [x * math.log(2) for x in _right(first, second)],
        ),
        (
            "you took the mean of the probabilities first; each token is paid for by "
            "itself, so add the prices",
            _for_both(
                lambda g: -math.log2(_mean_p(g)),
                lambda g: -math.log2(_mean_p(g)) * len(g) / _n_bytes(g),
            ),
        ),
        (
            "that is the price of the whole text; divide it, once by the number of "
            "tokens, once by the number of bytes",
            _for_both(_bits, _bits),
        ),
        (
            "that is a mean of means: each token's price by its own bytes. Divide the "
            "price of the whole text by the bytes of the whole text",
            _for_both(
                per_byte=lambda g: sum(_bits([x]) / _n_bytes([x]) for x in g) / len(g)
            ),
        ),
        (
            "from tokens to bytes you went the wrong way: a token has several bytes, "
            "so a byte is cheaper than a token",
            _for_both(per_byte=lambda g: _bits(g) / len(g) * _n_bytes(g) / len(g)),
        ),
        (
            "that is the number of bytes per token; the price is missing",
            _for_both(per_byte=lambda g: _n_bytes(g) / len(g)),
        ),
        (
            "the price per token and the price per byte have changed places",
            lambda first, second: [_right(first, second)[i] for i in (1, 0, 3, 2)],
        ),
        (
            "the first and the second player have changed places",
            lambda first, second: _right(second, first),
        ),
        (
            "a price is positive: the logarithm of a probability is below 0, hence "
            "the minus sign",
            lambda first, second: [-x for x in _right(first, second)],
        ),
        (
            "you added up how many possibilities there are (1/8 is one of 8); the "
            "price is how many yes-or-no questions they take, 3 for 8",
            _for_both(
                lambda g: sum(1 / p for _, p in g) / len(g),
                lambda g: sum(1 / p for _, p in g) / _n_bytes(g),
            ),
        ),
    ),
)
