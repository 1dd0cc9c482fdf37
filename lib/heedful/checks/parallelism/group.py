"""A group of GPUs in one process: what they tell each other is counted."""

import torch
from torch import Tensor


class Group:
    """`n` GPUs that stand in a ring; `sent` is how many numbers each has sent.

    Both exchanges take a list with one tensor for each GPU, and return what each of
    them then has.
    """

    def __init__(self, n: int):
        self.n, self.sent = n, 0

    def all_reduce(self, parts: list[Tensor]) -> Tensor:
        """The sum of the parts; each GPU sends 2 (n - 1) / n of one part."""
        self._check(parts)
        self.sent += 2 * (self.n - 1) * parts[0].numel() // self.n
        return torch.stack(list(parts)).sum(0)

    def all_gather(self, parts: list[Tensor]) -> Tensor:
        """The parts side by side, in the last dimension; each sends n - 1 of them."""
        self._check(parts)
        self.sent += (self.n - 1) * parts[0].numel()
        return torch.cat(list(parts), dim=-1)

    def _check(self, parts: list[Tensor]) -> None:
        shapes = [tuple(part.shape) for part in parts]
        if len(shapes) != self.n or len(set(shapes)) > 1:
            raise ValueError(
                f"give {self.n} parts of one shape, one of each GPU, not {shapes}"
            )
