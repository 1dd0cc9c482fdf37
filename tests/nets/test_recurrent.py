import math

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from heedful.nets.recurrent import GRUCell, LSTMCell, Recurrent, RNNCell

B, T, IN, HID = 5, 7, 3, 11
LENGTHS = [7, 1, 3, 7, 5]
TWINS = {RNNCell: nn.RNN, LSTMCell: nn.LSTM, GRUCell: nn.GRU}
all_cells = pytest.mark.parametrize("cell", TWINS, ids=lambda cell: cell.__name__)


def filled(module, **weights):
    """The module with every weight zero but those given."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        for name, value in weights.items():
            module.get_parameter(name.replace("__", ".")).copy_(torch.tensor(value))
    return module


def torch_twin(ours):
    cell = ours.cells[0]
    theirs = TWINS[type(cell)](
        cell.x_proj.in_features, ours.d_hidden, len(ours.cells), batch_first=True
    )
    with torch.no_grad():
        for i, cell in enumerate(ours.cells):
            for name, proj in (("ih", cell.x_proj), ("hh", cell.h_proj)):
                theirs.get_parameter(f"weight_{name}_l{i}").copy_(proj.weight)
                theirs.get_parameter(f"bias_{name}_l{i}").copy_(proj.bias)
    return theirs


def torch_states(states, cell):
    """Ours has h and c of an LSTM side by side, theirs has them as a pair."""
    if cell is LSTMCell:
        return tuple(part.contiguous() for part in states.chunk(2, dim=-1))
    return states


def our_states(states):
    return torch.cat(states, dim=-1) if isinstance(states, tuple) else states


def real(lengths=LENGTHS):
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def test_rnn_by_hand():
    # tanh(1 * 0.5 + 2 * 0.25) = tanh(1)
    cell = filled(RNNCell(1, 1), x_proj__weight=[[1.0]], h_proj__weight=[[2.0]])
    h = cell(torch.tensor([[0.5]]), torch.tensor([[0.25]]))
    assert h.item() == pytest.approx(math.tanh(1))


def test_lstm_by_hand():
    # With all weights zero every gate is 1/2 and the proposal 0: half of c = 2 stays.
    state = filled(LSTMCell(1, 1))(torch.zeros(1, 1), torch.tensor([[0.0, 2.0]]))
    assert state.tolist() == [[pytest.approx(0.5 * math.tanh(1)), 1.0]]


def test_gru_by_hand():
    # r = z = 1/2; the bias inside is halved by r, too: n = tanh(-1 + (4 + 2) / 2).
    cell = filled(
        GRUCell(1, 1),
        x_proj__weight=[[0.0], [0.0], [1.0]],
        h_proj__weight=[[0.0], [0.0], [4.0]],
        h_proj__bias=[0.0, 0.0, 2.0],
    )
    h = cell(torch.tensor([[-1.0]]), torch.tensor([[1.0]]))
    assert h.item() == pytest.approx(0.5 * math.tanh(2) + 0.5)


def test_an_open_forget_gate_keeps_the_memory_and_its_gradient():
    # Gates i, f, g, o in this order: shut the first, open the second.
    cell = filled(LSTMCell(1, 1), x_proj__bias=[-100.0, 100.0, 0.0, 0.0])
    stack = Recurrent(LSTMCell, 1, 1)
    stack.cells[0] = cell
    start = torch.tensor([[[0.3, 0.7]]], requires_grad=True)
    _, end = stack(torch.randn(1, 100, 1), start)
    end[0, 0, 1].backward()
    assert end[0, 0, 1].item() == pytest.approx(0.7)
    assert start.grad[0, 0, 1].item() == pytest.approx(1.0)


@all_cells
@pytest.mark.parametrize("n_layers", [1, 3])
def test_agrees_with_torch(cell, n_layers):
    ours = Recurrent(cell, IN, HID, n_layers)
    theirs = torch_twin(ours)
    x, start = torch.randn(B, T, IN), torch.randn(n_layers, B, ours.d_state)
    out, end = ours(x, start)
    expected, expected_end = theirs(x, torch_states(start, cell))
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(end, our_states(expected_end))


@all_cells
def test_no_states_are_zeros(cell):
    ours = Recurrent(cell, IN, HID, n_layers=2)
    x = torch.randn(B, T, IN)
    out, end = ours(x)
    expected, expected_end = torch_twin(ours)(x)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(end, our_states(expected_end))


@all_cells
def test_gradients_agree_with_torch(cell):
    ours = Recurrent(cell, IN, HID, n_layers=2)
    theirs = torch_twin(ours)
    x, weights = torch.randn(B, T, IN), torch.randn(B, T, HID)
    (ours(x)[0] * weights).sum().backward()
    (theirs(x)[0] * weights).sum().backward()
    for i, layer in enumerate(ours.cells):
        for name, proj in (("ih", layer.x_proj), ("hh", layer.h_proj)):
            for kind in ("weight", "bias"):
                expected = theirs.get_parameter(f"{kind}_{name}_l{i}").grad
                got = proj.get_parameter(kind).grad
                torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


@all_cells
def test_a_mask_agrees_with_a_packed_sequence(cell):
    ours = Recurrent(cell, IN, HID, n_layers=2)
    x = torch.randn(B, T, IN)
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    expected, expected_end = torch_twin(ours)(packed)
    expected, _ = pad_packed_sequence(expected, batch_first=True)
    out, end = ours(x, mask=real())
    torch.testing.assert_close(out[real()], expected[real()])
    torch.testing.assert_close(end, our_states(expected_end))


@all_cells
def test_padding_on_the_left_leaves_no_trace_either(cell):
    ours = Recurrent(cell, IN, HID)
    x, start = torch.randn(B, T, IN), torch.randn(1, B, ours.d_state)
    padded = torch.cat([torch.full((B, 4, IN), 9.0), x], dim=1)
    mask = torch.cat([torch.zeros(B, 4), torch.ones(B, T)], dim=1).bool()
    out, end = ours(padded, start, mask)
    expected, expected_end = ours(x, start)
    assert torch.equal(out[:, 4:], expected)
    assert torch.equal(end, expected_end)


@all_cells
def test_a_sequence_in_two_parts_is_the_sequence(cell):
    ours = Recurrent(cell, IN, HID, n_layers=3)
    x = torch.randn(B, T, IN)
    first, states = ours(x[:, :3])
    second, states = ours(x[:, 3:], states)
    expected, expected_states = ours(x)
    assert torch.equal(torch.cat([first, second], dim=1), expected)
    assert torch.equal(states, expected_states)


@all_cells
def test_no_output_depends_on_a_later_input(cell):
    ours = Recurrent(cell, IN, HID, n_layers=2)
    x = torch.randn(B, T, IN)
    other = x.clone()
    other[:, 4] += 1
    before, after = ours(x)[0], ours(other)[0]
    assert torch.equal(before[:, :4], after[:, :4])
    assert (before[:, 4:] != after[:, 4:]).any(-1).all()


def test_a_stack_of_nothing_is_refused():
    with pytest.raises(ValueError, match="n_layers=0 must be at least 1"):
        Recurrent(GRUCell, IN, HID, n_layers=0)
