import pytest
import torch
from torch import nn
from torch.nn import functional as F

from heedful.nets.convolutional import CausalConvolution, CausalStack, receptive_field

B, T, IN, OUT = 3, 23, 5, 7
SHAPES = [(1, 1), (2, 1), (3, 1), (3, 2), (2, 7), (5, 3)]
all_shapes = pytest.mark.parametrize(("kernel_size", "dilation"), SHAPES)


def seen_by_the_last(stack, d_model, length=97):
    """How many inputs have a gradient from the last output, and whether they are the
    last ones."""
    x = torch.randn(1, length, d_model, requires_grad=True)
    stack(x)[:, -1].sum().backward()
    touched = x.grad[0].abs().sum(-1) > 0
    count = int(touched.sum())
    assert touched[length - count :].all()
    return count


def test_convolution_by_hand():
    # Weights 10 for two back and 1 for here: 1, 2, 3, 4 -> 1, 2, 3 + 10, 4 + 20
    layer = CausalConvolution(1, 1, kernel_size=2, dilation=2)
    with torch.no_grad():
        layer.conv.weight.copy_(torch.tensor([[[10.0, 1.0]]]))
        layer.conv.bias.zero_()
    x = torch.tensor([1.0, 2, 3, 4])[None, :, None]
    assert layer(x).flatten().tolist() == [1, 2, 13, 24]


@all_shapes
def test_agrees_with_the_end_of_a_padded_convolution_of_torch(kernel_size, dilation):
    ours = CausalConvolution(IN, OUT, kernel_size, dilation)
    past = (kernel_size - 1) * dilation
    theirs = nn.Conv1d(IN, OUT, kernel_size, dilation=dilation, padding=past)
    theirs.load_state_dict(ours.conv.state_dict())
    x = torch.randn(B, T, IN)
    torch.testing.assert_close(ours(x), theirs(x.mT).mT[:, :T])


@all_shapes
def test_positions_computed_alone_in_any_order_are_the_convolution(
    kernel_size, dilation
):
    layer, x = CausalConvolution(IN, OUT, kernel_size, dilation), torch.randn(B, T, IN)
    alone = torch.full((B, T, OUT), torch.nan)
    for t in torch.randperm(T).tolist():
        alone[:, t] = layer.at(x, t)
    torch.testing.assert_close(alone, layer(x))
    weight, bias = layer.conv.weight, layer.conv.bias
    padded = F.pad(x.mT, (layer.n_past, 0))
    expected = F.conv1d(padded, weight, bias, dilation=dilation).mT
    torch.testing.assert_close(alone, expected)


@all_shapes
def test_a_sequence_in_parts_is_the_sequence(kernel_size, dilation):
    layer, x = CausalConvolution(IN, OUT, kernel_size, dilation), torch.randn(B, T, IN)
    before, parts = torch.zeros(B, layer.n_past, IN), []
    for part in x.split([1, 1, 13, 8], dim=1):
        parts.append(layer(part, before))
        so_far = torch.cat([before, part], dim=1)
        before = so_far[:, so_far.size(1) - layer.n_past :]
    torch.testing.assert_close(torch.cat(parts, dim=1), layer(x))


@pytest.mark.parametrize(
    ("kernel_size", "dilations", "inputs"),
    [
        (3, [1], 3),
        (3, [1] * 2, 5),
        (3, [1] * 4, 9),
        (3, [1] * 8, 17),
        (3, [1, 3], 9),
        (3, [1, 3, 9], 27),
        (3, [1, 3, 9, 27], 81),
        (2, [1, 2, 4, 8], 16),
        (5, [1] * 3, 13),
        (1, [1] * 5, 1),
        (7, [], 1),
    ],
    ids=str,
)
def test_receptive_field_by_hand_and_by_gradient(kernel_size, dilations, inputs):
    assert receptive_field(kernel_size, dilations) == inputs
    stack = CausalStack(2, kernel_size, dilations)
    assert stack.receptive_field == inputs
    assert seen_by_the_last(stack, 2) == inputs


def test_no_output_depends_on_a_later_input():
    stack, x = CausalStack(IN, 3, [1, 3, 9]), torch.randn(B, T, IN)
    before = stack(x)
    for t in range(T):
        other = x.clone()
        other[:, t] += 1
        after = stack(other)
        assert torch.equal(before[:, :t], after[:, :t])
        assert (before[:, t] != after[:, t]).any(-1).all()


def test_padding_on_the_right_changes_nothing():
    stack, x = CausalStack(IN, 3, [1, 2]), torch.randn(B, T, IN)
    longer = torch.cat([x, torch.randn(B, 4, IN)], dim=1)
    torch.testing.assert_close(stack(longer)[:, :T], stack(x))


def test_a_row_does_not_depend_on_its_batch():
    stack, x = CausalStack(IN, 3, [1, 2]), torch.randn(B, T, IN)
    alone = torch.cat([stack(row[None]) for row in x])
    torch.testing.assert_close(alone, stack(x))


def test_a_gated_layer_agrees_with_its_formula():
    stack, x = CausalStack(IN, 3, [2]), torch.randn(B, T, IN)
    a, b = stack.layers[0](x)[..., :IN], stack.layers[0](x)[..., IN:]
    expected = x + a.tanh() / (1 + (-b).exp())
    torch.testing.assert_close(stack(x), expected)


def test_every_parameter_gets_a_gradient():
    stack = CausalStack(IN, 3, [1, 2, 4])
    (stack(torch.randn(B, T, IN)) * torch.randn(B, T, IN)).sum().backward()
    assert all(p.grad.abs().max() > 0 for p in stack.parameters())


@pytest.mark.parametrize(
    ("kernel_size", "dilations", "message"),
    [
        (0, [1], r"kernel_size=0 and dilations=\[1\] must be at least 1"),
        (3, [1, -2], r"kernel_size=3 and dilations=\[1, -2\] must be at least 1"),
    ],
)
def test_sizes_below_one_are_refused_with_their_value(kernel_size, dilations, message):
    with pytest.raises(ValueError, match=message):
        receptive_field(kernel_size, dilations)
    with pytest.raises(ValueError, match="must be at least 1"):
        CausalStack(2, kernel_size, dilations)
