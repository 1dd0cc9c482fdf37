"""The linear recurrence h_t = a_t h_{t-1} + b_t, step by step and all at once.

A step of it is the map h -> a h + b, and two such maps after each other are one more:
h -> (a' a) h + (a' b + b'). So neighbours can be merged before anything is known of
h, and T steps need only ceil(log2 T) rounds. A map through tanh has no such short
form, which is why an RNN, LSTM or GRU cannot be run this way.

Covers the scan by prefix doubling and a gated network made for it. Does not cover the
two-sweep scan that needs only O(T) work [Blelloch 1990], nor scans in log space.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def linear_scan(
    a: Float[Tensor, "*batch length d_hidden"],
    b: Float[Tensor, "*batch length d_hidden"],
    h0: Float[Tensor, "*batch d_hidden"] | None = None,
) -> Float[Tensor, "*batch length d_hidden"]:
    """All h_t = a_t h_{t-1} + b_t in `scan_rounds(length)` rounds; no `h0` is zeros.

    A round does all positions together and doubles how far back each has merged: 1,
    2, 4, ... steps. The work is O(T log T), more than the loop's O(T); what is less is
    the waiting.
    Source: [Hillis 1986], for neural nets [Martin 2018]. Derived in chapter 01.
    """
    if h0 is not None:  # the first step is known to the end: put it into b
        first = b[..., :1, :] + a[..., :1, :] * h0[..., None, :]
        b = torch.cat([first, b[..., 1:, :]], dim=-2)
    length = a.size(-2)
    for r in range(scan_rounds(length)):
        n = 2**r
        # Position t holds the n steps that end at t; merge them with the n before.
        before, after = slice(0, length - n), slice(n, length)
        new_b = a[..., after, :] * b[..., before, :] + b[..., after, :]
        new_a = a[..., after, :] * a[..., before, :]
        b = torch.cat([b[..., :n, :], new_b], dim=-2)
        a = torch.cat([a[..., :n, :], new_a], dim=-2)
    return b


def linear_scan_by_loop(
    a: Float[Tensor, "*batch length d_hidden"],
    b: Float[Tensor, "*batch length d_hidden"],
    h0: Float[Tensor, "*batch d_hidden"] | None = None,
) -> Float[Tensor, "*batch length d_hidden"]:
    """The slow, obvious twin of `linear_scan`: `length` steps, one after the other."""
    h = torch.zeros_like(b[..., 0, :]) if h0 is None else h0
    states = []
    for t in range(a.size(-2)):
        h = a[..., t, :] * h + b[..., t, :]
        states.append(h)
    return torch.stack(states, dim=-2)


def scan_rounds(length: int) -> int:
    """ceil(log2 length): the rounds of `linear_scan`, each waiting for the last.

    Raises `ValueError` if `length` is below 1.
    """
    if length < 1:
        raise ValueError(f"length={length} must be at least 1")
    return (length - 1).bit_length()  # exact, unlike a logarithm of floats


class MinGRU(nn.Module):
    """A GRU whose gate does not look at h: h_t = (1 - z_t) h_{t-1} + z_t n_t.

    z_t = sigmoid(W x_t + b) and n_t = V x_t + c are known for all t before the first
    step, so what remains is a linear recurrence. The price is that a layer decides
    what to forget without knowing what it remembers.
    Source: [Feng 2024], without its log-space form, which keeps h positive.
    The paper's z is one minus the z of `GRUCell`. Derived in chapter 01.
    """

    def __init__(self, d_in: int, d_hidden: int):
        super().__init__()
        self.z_proj = nn.Linear(d_in, d_hidden)
        self.n_proj = nn.Linear(d_in, d_hidden)

    def forward(
        self,
        x: Float[Tensor, "batch length d_in"],
        h0: Float[Tensor, "batch d_hidden"] | None = None,
    ) -> Float[Tensor, "batch length d_hidden"]:
        """h at every position, in `scan_rounds(length)` rounds."""
        z = self.z_proj(x).sigmoid()
        return linear_scan(1 - z, z * self.n_proj(x), h0)

    def step(
        self, x: Float[Tensor, "batch d_in"], h: Float[Tensor, "batch d_hidden"]
    ) -> Float[Tensor, "batch d_hidden"]:
        """One position, as generation needs it."""
        z = self.z_proj(x).sigmoid()
        return (1 - z) * h + z * self.n_proj(x)
