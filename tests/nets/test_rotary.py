import math

import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from heedful.nets import MultiHeadAttention
from heedful.nets.positions import RopeScaling, Rotary, rotate

B, H, T, DH = 2, 3, 7, 10


def test_by_hand():
    # d_head = 4, theta = 100: the speeds are 1 and 1/10; position 2.
    cos, sin = Rotary(4, theta=100.0)(torch.tensor([2]))
    turned = rotate(torch.tensor([[1.0, 0.0, 0.0, 1.0]]), cos, sin)
    # Feature 0 goes with 2, feature 1 with 3: the point (1, 0) and the point (0, 1).
    expected = [math.cos(2), -math.sin(0.2), math.sin(2), math.cos(0.2)]
    torch.testing.assert_close(turned, torch.tensor([expected]))


def test_agrees_with_complex_multiplication():
    x, positions = torch.randn(B, H, T, DH, dtype=torch.float64), torch.arange(5, 5 + T)
    rotary = Rotary(DH)
    z = torch.complex(x[..., : DH // 2], x[..., DH // 2 :])
    turned = z * torch.exp(1j * positions[:, None] * rotary.speeds)
    expected = torch.cat([turned.real, turned.imag], dim=-1)
    torch.testing.assert_close(rotate(x, *rotary(positions)), expected)


def test_agrees_with_transformers():
    q, k = torch.randn(B, H, T, DH), torch.randn(B, H, T, DH)
    cos, sin = Rotary(DH)(torch.arange(T))
    twice = [torch.cat([t, t], dim=-1)[None].float() for t in (cos, sin)]
    expected = apply_rotary_pos_emb(q, k, *twice)
    torch.testing.assert_close((rotate(q, cos, sin), rotate(k, cos, sin)), expected)


def test_interleaved_pairs_give_the_same_scores():
    # The paper pairs features 2i and 2i + 1. Permute q and k alike: no score changes.
    q, k = torch.randn(T, DH, dtype=torch.float64), torch.randn(T, DH).double()
    cos, sin = Rotary(DH)(torch.arange(T))

    def as_the_paper(x):
        z = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
        return torch.view_as_real(z * torch.complex(cos, sin)).flatten(-2)

    order = torch.cat([torch.arange(0, DH, 2), torch.arange(1, DH, 2)])
    ours = rotate(q[:, order], cos, sin) @ rotate(k[:, order], cos, sin).T
    torch.testing.assert_close(ours, as_the_paper(q) @ as_the_paper(k).T)


@pytest.mark.parametrize("shift", [1, 97, 100_003])
def test_a_score_depends_on_the_distance_only(shift):
    rotary, q = Rotary(DH), torch.randn(1, DH, dtype=torch.float64)
    k = torch.randn(1, DH, dtype=torch.float64)

    def score(m, n):
        q_m, k_n = rotary(torch.tensor([m])), rotary(torch.tensor([n]))
        return rotate(q, *q_m) @ rotate(k, *k_n).T

    torch.testing.assert_close(score(13, 5), score(13 + shift, 5 + shift))
    assert not torch.allclose(score(13, 5), score(14, 5))
    assert not torch.allclose(score(13, 5), score(5, 13))


def test_a_rotation_keeps_lengths_and_position_zero_as_they_are():
    x = torch.randn(B, H, T, DH)
    turned = rotate(x, *Rotary(DH)(torch.arange(T)))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(turned[:, :, 0], x[:, :, 0])
    assert not torch.allclose(turned[:, :, 1], x[:, :, 1])


def test_late_positions_are_exact():
    # In float32 the angle 100,003 itself would be off by up to 1/256.
    cos, sin = Rotary(2)(torch.tensor([100_003]))
    assert float(cos) == pytest.approx(math.cos(100_003), abs=1e-12)
    assert float(sin) == pytest.approx(math.sin(100_003), abs=1e-12)


def test_the_result_has_the_dtype_of_the_features():
    rope = Rotary(DH)(torch.arange(T))
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        assert rotate(torch.randn(T, DH, dtype=dtype), *rope).dtype == dtype


def test_attention_turns_queries_and_keys_but_not_values():
    layer, x = MultiHeadAttention(3 * DH, 3), torch.randn(B, T, 3 * DH)
    rope, record = Rotary(DH)(torch.arange(T)), []
    out = layer(x, rope=rope, record=record)
    q = rotate(layer.q_proj(x).unflatten(-1, (3, DH)).transpose(1, 2), *rope)
    k = rotate(layer.k_proj(x).unflatten(-1, (3, DH)).transpose(1, 2), *rope)
    v = layer.v_proj(x).unflatten(-1, (3, DH)).transpose(1, 2)
    weights = (q @ k.mT / math.sqrt(DH)).softmax(-1)
    torch.testing.assert_close(record[0], weights)
    expected = layer.o_proj((weights @ v).transpose(1, 2).flatten(2))
    torch.testing.assert_close(out, expected)


def test_attention_cannot_tell_where_a_sequence_starts():
    layer, x = MultiHeadAttention(3 * DH, 3), torch.randn(B, T, 3 * DH)
    early, late = (Rotary(DH)(torch.arange(s, s + T)) for s in (0, 41))
    torch.testing.assert_close(layer(x, rope=early), layer(x, rope=late))


def test_scaling_by_hand():
    # 8192 positions; speeds that make 4, 2.5, 1 and 0.5 turns within them.
    speeds = torch.tensor([4, 2.5, 1, 0.5], dtype=torch.float64) * 2 * math.pi / 8192
    kept = RopeScaling().slowed(speeds) / speeds
    # Half-way between the bounds 1 and 4: half of the speed, half of an eighth.
    assert kept.tolist() == pytest.approx([1, 1 / 2 + 1 / 16, 1 / 8, 1 / 8])


@pytest.mark.parametrize(
    ("theta", "scaling"),
    [
        (500_000.0, RopeScaling()),
        (500_000.0, RopeScaling(factor=32.0)),
        (10_000.0, RopeScaling(low=2.0, high=7.0, original_max_seq_len=97)),
    ],
    ids=str,
)
def test_scaling_agrees_with_transformers(theta, scaling):
    config = LlamaConfig(
        hidden_size=256,
        num_attention_heads=2,
        max_position_embeddings=131_072,
        rope_parameters=dict(
            rope_type="llama3",
            rope_theta=theta,
            factor=scaling.factor,
            low_freq_factor=scaling.low,
            high_freq_factor=scaling.high,
            original_max_position_embeddings=scaling.original_max_seq_len,
        ),
    )
    expected, _ = ROPE_INIT_FUNCTIONS["llama3"](config)
    ours = Rotary(128, theta, scaling).speeds
    torch.testing.assert_close(ours.float(), expected, rtol=2e-6, atol=0)
    assert not torch.allclose(ours, Rotary(128, theta).speeds)


def test_speeds_survive_the_meta_device():
    with torch.device("meta"):
        speeds = Rotary(DH).speeds
    assert torch.equal(speeds, Rotary(DH).speeds)


def test_an_odd_width_is_refused_with_its_number():
    with pytest.raises(ValueError, match="d_head=7 is odd"):
        Rotary(7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(factor=0.5), "factor=0.5 must be at least 1"),
        (dict(low=4.0), "low=4.0 must be above 0 and below high=4.0"),
        (dict(low=0.0), "low=0.0 must be above 0"),
        (dict(original_max_seq_len=0), "original_max_seq_len=0 must be at least 1"),
    ],
    ids=str,
)
def test_scalings_that_make_no_sense_are_refused_with_their_value(changes, message):
    with pytest.raises(ValueError, match=message):
        RopeScaling(**changes)
