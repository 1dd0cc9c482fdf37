"""What is sent when GPUs put together or sum up what each has a part of.

Each passes pieces on to its neighbour in a ring, so that all wires are busy at once.
No algorithm sends less. Derived in chapter 07.
"""

from collections.abc import Mapping

ALL_REDUCE, ALL_GATHER, REDUCE_SCATTER = "all-reduce", "all-gather", "reduce-scatter"

ROUNDS = {ALL_REDUCE: 2, ALL_GATHER: 1, REDUCE_SCATTER: 1}
"""How often the pieces go round. To sum up and to tell all the sum is both."""


def ring_bytes(payload: Mapping[str, int], size: int) -> float:
    """How many bytes each of `size` processes sends, in rings, for these payloads.

    `payload` has the bytes of the whole tensor by kind. Of it (size - 1) / size are
    sent in each round. Raises `KeyError` for an unknown kind.
    """
    return sum(
        ROUNDS[kind] * n_bytes * (size - 1) / size for kind, n_bytes in payload.items()
    )
