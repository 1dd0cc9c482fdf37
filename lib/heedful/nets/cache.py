"""The memory of one attention layer during generation.

A key and a value depend only on the token they were made from (and on what came
before it), so they never have to be computed twice. The cache is passed in by the
caller, never hidden in a layer, and its room is allocated once.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


class KVCache:
    """Keys and values of the positions seen so far, shape (B, H, length, Dh).

    `max_len` is how many positions fit.
    """

    def __init__(
        self,
        batch_size: int,
        n_heads: int,
        max_len: int,
        d_head: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ):
        shape = (batch_size, n_heads, max_len, d_head)
        self._k = torch.empty(shape, dtype=dtype, device=device)
        self._v = torch.empty(shape, dtype=dtype, device=device)
        self.length = 0

    @property
    def keys(self) -> Float[Tensor, "batch n_heads length d_head"]:
        return self._k[:, :, : self.length]

    @property
    def values(self) -> Float[Tensor, "batch n_heads length d_head"]:
        return self._v[:, :, : self.length]

    @property
    def n_bytes(self) -> int:
        """What its room takes, filled or not."""
        return self._k.nbytes + self._v.nbytes

    def append(
        self,
        k: Float[Tensor, "batch n_heads new d_head"],
        v: Float[Tensor, "batch n_heads new d_head"],
    ) -> None:
        """Store the keys and values of `new` further positions.

        Raises `ValueError` if they do not fit.
        """
        end = self.length + k.size(2)
        if end > self._k.size(2):
            raise ValueError(
                f"position {end} does not fit a cache of max_len={self._k.size(2)}"
            )
        self._k[:, :, self.length : end] = k
        self._v[:, :, self.length : end] = v
        self.length = end

    def select(self, rows: Int[Tensor, " kept"]) -> None:
        """Let row i go on from what row `rows[i]` holds, and forget the other rows.

        There may be fewer rows than before, but not more.
        """
        self._k = _selected(self._k, rows, self.length)
        self._v = _selected(self._v, rows, self.length)

    def cut(self, length: int) -> None:
        """Forget all positions but the first `length`.

        Raises `ValueError` if there are fewer.
        """
        if not 0 <= length <= self.length:
            raise ValueError(
                f"a cache of {self.length} positions cannot be cut to {length}"
            )
        self.length = length


def _selected(buffer: Tensor, rows: Tensor, length: int) -> Tensor:
    # In place and only what is filled: the room behind it may be ten times as large.
    kept = buffer[: len(rows)]
    kept[:, :, :length] = buffer[rows, :, :length]
    return kept
