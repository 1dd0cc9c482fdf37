"""The exercise by hand: what sharing keys and values changes, and what it does not."""

from collections.abc import Callable
from typing import NamedTuple

from heedful.checks import ByHand

BYTES = 4  # of one number, as the notebook says


class Sizes(NamedTuple):
    """What the notebook gives, and what follows from it."""

    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads

    @property
    def d_kv(self) -> int:
        return self.d_head * self.n_kv_heads


def _weights(s: Sizes) -> int:
    return 2 * s.d_model * (s.d_model + s.d_kv)


def _bytes(s: Sizes) -> int:
    return s.n_layers * 2 * s.d_kv * BYTES


def _counts(
    tables: Callable[[Sizes], int | float] = lambda s: s.n_heads,
    weights: Callable[[Sizes], int | float] = _weights,
    cached: Callable[[Sizes], int | float] = _bytes,
    ratio: Callable[[Sizes], int | float] = lambda s: s.n_heads / s.n_kv_heads,
) -> Callable[..., list[int | float]]:
    """The four numbers, of which some can be counted in another way."""

    def counts(*given: int) -> list[int | float]:
        sizes = Sizes(*given)
        return [count(sizes) for count in (tables, weights, cached, ratio)]

    return counts


check_cache = ByHand(
    name="shared keys",
    separate=True,
    hints=(
        "A head is D / H wide, also a head of keys or of values. Which of the four "
        "projections become narrower when heads share?",
        "q_proj and o_proj are D by D; k_proj and v_proj lead from D to K heads. The "
        "cache keeps keys and values, of every layer.",
        "Tables: one for each query head. Weights: 2 D D + 2 D K D / H. Bytes: layers "
        "x 2 x K x D / H x 4. Times: H / K.",
    ),
    right=_counts(),
    mistakes=(
        (
            "each query head still makes a table of weights of its own; only what is "
            "looked at is shared",
            _counts(tables=lambda s: s.n_kv_heads),
        ),
        (
            "a group has several query heads, and each of them makes a table: count "
            "all heads, not those of one group",
            _counts(tables=lambda s: s.n_heads // s.n_kv_heads),
        ),
        (
            "one layer was asked for, not all of them",
            _counts(
                tables=lambda s: s.n_layers * s.n_heads,
                weights=lambda s: s.n_layers * _weights(s),
            ),
        ),
        (
            "k_proj and v_proj are narrower here: they make K heads, not H",
            _counts(weights=lambda s: 4 * s.d_model**2),
        ),
        (
            "only two of the four projections are narrower, those of keys and values; "
            "queries and o_proj still have H heads",
            _counts(weights=lambda s: 4 * s.d_model * s.d_kv),
        ),
        (
            "keys and values are shared, so both k_proj and v_proj are narrower",
            _counts(weights=lambda s: s.d_model * (3 * s.d_model + s.d_kv)),
        ),
        (
            "o_proj is missing, which takes the mixtures of all heads back to D",
            _counts(weights=lambda s: s.d_model * (s.d_model + 2 * s.d_kv)),
        ),
        (
            "a projection to K heads has K times the width of a head as its outputs, "
            "not one head",
            _counts(weights=lambda s: 2 * s.d_model * (s.d_model + s.d_head)),
        ),
        (
            "the cache keeps keys *and* values",
            _counts(cached=lambda s: _bytes(s) // 2),
        ),
        (
            "these are numbers; each of them takes four bytes",
            _counts(cached=lambda s: _bytes(s) // BYTES),
        ),
        (
            "every layer has a cache of its own",
            _counts(cached=lambda s: _bytes(s) // s.n_layers),
        ),
        (
            "the cache keeps the key-value heads only, not one for each query head",
            _counts(cached=lambda s: s.n_layers * 2 * s.d_model * BYTES),
        ),
        (
            "a head is D / H wide, not D",
            _counts(cached=lambda s: s.n_layers * 2 * s.n_kv_heads * s.d_model * BYTES),
        ),
        (
            "queries are not kept: no later token asks for them",
            _counts(cached=lambda s: s.n_layers * (s.d_model + 2 * s.d_kv) * BYTES),
        ),
        (
            "the other way round: the cache without sharing is the larger one",
            _counts(ratio=lambda s: s.n_kv_heads / s.n_heads),
        ),
        (
            "keys and values shrink alike, so their sum shrinks as much as each of "
            "them, H / K times, not twice that",
            _counts(ratio=lambda s: 2 * s.n_heads / s.n_kv_heads),
        ),
        (
            "without sharing there are H heads of keys instead of K: divide one by "
            "the other",
            _counts(ratio=lambda s: s.n_heads),
        ),
        (
            "without sharing there are H heads of keys instead of K: divide, do not "
            "subtract",
            _counts(ratio=lambda s: s.n_heads - s.n_kv_heads),
        ),
    ),
)
