"""Recurrent cells, and the stack that runs them step after step.

Covers the simple (Elman) cell, LSTM and GRU, each in the form of `torch.nn`. Does not
cover dropout between layers or the fused kernels that make `torch.nn` fast: here a
step is a line that can be read.

A cell turns an input and a state into the next state, and both are arguments: nothing
is hidden in a module. The first `d_hidden` numbers of a state are `h`, which is all
that other layers see of it.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class RNNCell(nn.Module):
    """The simple cell: h' = tanh(W x + b + U h + c).

    Source: [Elman 1990, fig. 2], whose units are logistic; tanh and two biases are
    the form of `torch.nn.RNN`. Derived in chapter 01.
    """

    n_parts = 1  # of a state: h

    def __init__(self, d_in: int, d_hidden: int):
        super().__init__()
        self.x_proj = nn.Linear(d_in, d_hidden)
        self.h_proj = nn.Linear(d_hidden, d_hidden)

    def forward(
        self, x: Float[Tensor, "batch d_in"], h: Float[Tensor, "batch d_hidden"]
    ) -> Float[Tensor, "batch d_hidden"]:
        return (self.x_proj(x) + self.h_proj(h)).tanh()


class LSTMCell(nn.Module):
    """A memory `c` that is added to, and gates that say when: c' = f c + i g.

    The state is `h` and `c` side by side, 2 * d_hidden numbers. Along c the gradient
    is multiplied by f alone, not by a matrix.
    Source: [Hochreiter 1997, sec. 4] in the form of `torch.nn.LSTM`: it has the
    forget gate f, which came later [Gers 2000], tanh where the paper scales a
    sigmoid, and no cells that share their gates. Derived in chapter 01.
    """

    n_parts = 2  # of a state: h and c

    def __init__(self, d_in: int, d_hidden: int):
        super().__init__()
        self.x_proj = nn.Linear(d_in, 4 * d_hidden)
        self.h_proj = nn.Linear(d_hidden, 4 * d_hidden)

    def forward(
        self, x: Float[Tensor, "batch d_in"], state: Float[Tensor, "batch d_state"]
    ) -> Float[Tensor, "batch d_state"]:
        h, c = state.chunk(2, dim=-1)
        i, f, g, o = (self.x_proj(x) + self.h_proj(h)).chunk(4, dim=-1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return torch.cat([h, c], dim=-1)


class GRUCell(nn.Module):
    """Gates without a second memory: h' = (1 - z) n + z h.

    z says how much of h stays, r how much of it the proposal n may see.
    Source: [Cho 2014, eq. 5-8] in the form of `torch.nn.GRU`: the paper has no biases
    and resets before the matrix, n = tanh(W x + U (r h)); here r comes after it,
    n = tanh(W x + b + r (U h + c)), so one product serves all gates.
    Derived in chapter 01.
    """

    n_parts = 1  # of a state: h

    def __init__(self, d_in: int, d_hidden: int):
        super().__init__()
        self.x_proj = nn.Linear(d_in, 3 * d_hidden)
        self.h_proj = nn.Linear(d_hidden, 3 * d_hidden)

    def forward(
        self, x: Float[Tensor, "batch d_in"], h: Float[Tensor, "batch d_hidden"]
    ) -> Float[Tensor, "batch d_hidden"]:
        x_r, x_z, x_n = self.x_proj(x).chunk(3, dim=-1)
        h_r, h_z, h_n = self.h_proj(h).chunk(3, dim=-1)
        r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
        n = (x_n + r * h_n).tanh()
        return (1 - z) * n + z * h


Cell = RNNCell | LSTMCell | GRUCell


class Recurrent(nn.Module):
    """Cells of one kind on top of each other, run over a sequence from left to right.

    `Recurrent(GRUCell, 5, 7, n_layers=2)`. The states of all layers are one tensor
    (L, B, d_state), given in and given back; None stands for zeros. Position t needs
    the states of position t - 1, so a sequence of T positions takes T steps, each
    waiting for the last, whatever the hardware. Derived in chapter 01.
    """

    def __init__(self, cell: type[Cell], d_in: int, d_hidden: int, n_layers: int = 1):
        super().__init__()
        if n_layers < 1:
            raise ValueError(f"n_layers={n_layers} must be at least 1")
        self.d_hidden = d_hidden
        widths = [d_in] + [d_hidden] * (n_layers - 1)
        self.cells = nn.ModuleList(cell(width, d_hidden) for width in widths)
        self.d_state = cell.n_parts * d_hidden

    def new_states(
        self, x: Float[Tensor, "batch ..."]
    ) -> Float[Tensor, "n_layers batch d_state"]:
        """Zeros, for as many rows as `x` has, of its kind and in its place."""
        return x.new_zeros(len(self.cells), len(x), self.d_state)

    def step(
        self,
        x: Float[Tensor, "batch d_in"],
        states: Float[Tensor, "n_layers batch d_state"],
    ) -> Float[Tensor, "n_layers batch d_state"]:
        """One position through all layers: each reads the `h` of the one below."""
        after = []
        for cell, state in zip(self.cells, states):
            after.append(cell(x, state))
            x = after[-1][:, : self.d_hidden]
        return torch.stack(after)

    def forward(
        self,
        x: Float[Tensor, "batch length d_in"],
        states: Float[Tensor, "n_layers batch d_state"] | None = None,
        mask: Bool[Tensor, "batch length"] | None = None,
    ) -> tuple[
        Float[Tensor, "batch length d_hidden"], Float[Tensor, "n_layers batch d_state"]
    ]:
        """`h` of the top layer at every position, and all states after the last.

        `mask` is True at real tokens. Elsewhere the states stay as they are, so
        padding leaves no trace in them, be it on the right or on the left.
        """
        states = self.new_states(x) if states is None else states
        outputs = []
        for t in range(x.size(1)):
            after = self.step(x[:, t], states)
            if mask is not None:
                after = torch.where(mask[:, t, None], after, states)
            states = after
            outputs.append(states[-1, :, : self.d_hidden])
        return torch.stack(outputs, dim=1), states
