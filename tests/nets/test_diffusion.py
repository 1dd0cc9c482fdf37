import pytest
import torch
from diffusers.models.attention import BasicTransformerBlock
from torch import nn

from heedful.nets import Transformer
from heedful.nets.diffusion import Denoiser, DenoiserConfig
from heedful.nets.positions import sinusoidal

from .reference import copy_ffn, shake

B, N, V = 5, 3, 11
SIZES = dict(
    vocab_size=V, curve_len=28, patch_len=4, max_words=N, n_steps=13, d_model=22,
    n_layers=2, n_heads=2, d_ff=37,
)  # fmt: skip


def model(**changes):
    built = Denoiser(DenoiserConfig(**{**SIZES, **changes})).eval()
    shake(built)
    return built.requires_grad_(False)


def noisy():
    return torch.randn(B, 28), torch.tensor([1, 13, 2, 7, 5])


def texts():
    return torch.tensor([[3, 4, 5], [6, 6, 0], [1, 0, 0], [9, 10, 3], [4, 8, 0]])


def stable_diffusion_block(ours):
    """The block of Stable Diffusion's U-Net, but with max(0, .) as activation."""
    theirs = BasicTransformerBlock(22, 2, 11, cross_attention_dim=22, ff_inner_dim=37)
    theirs.ff.net[0] = nn.Sequential(nn.Linear(22, 37), nn.ReLU())
    for own, other in ((ours.attn, theirs.attn1), (ours.cross_attn, theirs.attn2)):
        other.to_q.load_state_dict(own.q_proj.state_dict())
        other.to_k.load_state_dict(own.k_proj.state_dict())
        other.to_v.load_state_dict(own.v_proj.state_dict())
        other.to_out[0].weight.copy_(own.o_proj.weight)
        other.to_out[0].bias.zero_()
    copy_ffn(ours.ffn, theirs.ff.net[0][0], theirs.ff.net[2])
    norms = (ours.attn_norm, ours.cross_norm, ours.ffn_norm)
    for own, other in zip(norms, (theirs.norm1, theirs.norm2, theirs.norm3)):
        other.load_state_dict(own.state_dict())
    return theirs.eval()


@torch.no_grad()
def test_agrees_with_the_blocks_of_stable_diffusion():
    ours, words, (x, t) = model(), texts(), noisy()
    memory = ours.word_emb(words) + ours.word_pos_emb.weight
    mask = torch.zeros(B, 1, N).masked_fill((words == 0)[:, None], -1e9)
    h = torch.stack([ours.patch_proj(x[:, i : i + 4]) for i in range(0, 28, 4)], dim=1)
    h = h + ours.patch_pos_emb.weight
    h = h + ours.step_proj(torch.stack([sinusoidal(14, 22)[i] for i in t]))[:, None]
    for block in ours.blocks:
        theirs = stable_diffusion_block(block)
        h = theirs(h, encoder_hidden_states=memory, encoder_attention_mask=mask)
    expected = torch.cat(
        [ours.noise_proj(ours.final_norm(h))[:, i] for i in range(7)], 1
    )
    torch.testing.assert_close(ours(x, t, words), expected, atol=1e-5, rtol=1e-5)
    assert expected.std() > 0.5  # not agreement about nothing


def test_a_fresh_model_finds_no_noise():
    out = Denoiser(DenoiserConfig(**SIZES))(*noisy(), texts())
    assert not out.any()


def test_padding_plays_no_part():
    ours, (x, t) = model(), noisy()
    alone = ours(x[1:2], t[1:2], texts()[1:2, :2])
    torch.testing.assert_close(ours(x, t, texts())[1:2], alone)


def test_every_stretch_sees_all_others_and_every_word():
    ours, words, (x, t) = model(), texts(), noisy()
    before = ours(x, t, words).unflatten(1, (7, 4))
    for patch in (0, 6):
        changed = x.clone()
        changed[:, 4 * patch] += 1
        moved = (ours(changed, t, words).unflatten(1, (7, 4)) - before).abs().amax(2)
        assert (moved > 1e-4).all()
    words[0, 2] = 7
    moved = (ours(x, t, words).unflatten(1, (7, 4)) - before).abs().amax(2)
    assert (moved[0] > 1e-4).all() and not moved[1:].any()


@torch.no_grad()
def test_only_the_position_tells_one_stretch_from_another():
    # Reorder the stretches and their positions: the answer is reordered, no more.
    ours, words, (x, t) = model(), texts(), noisy()
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    expected = ours(x, t, words).unflatten(1, (7, 4))[:, order]
    ours.patch_pos_emb.weight.copy_(ours.patch_pos_emb.weight[order])
    got = ours(x.unflatten(1, (7, 4))[:, order].flatten(1), t, words)
    torch.testing.assert_close(got.unflatten(1, (7, 4)), expected, atol=1e-5, rtol=1e-5)


def test_the_order_of_words_and_the_step_matter():
    ours, words, (x, t) = model(), texts(), noisy()
    before = ours(x, t, words)
    assert (ours(x, t, words[:, [1, 0, 2]])[0] - before[0]).abs().max() > 1e-3
    assert (ours(x, t - 1, words) - before).abs().amax(1).min() > 1e-3


def test_the_maps_show_who_looks_at_which_word():
    ours, maps = model(), Transformer.new_maps()
    ours(*noisy(), texts(), maps=maps)
    assert [m.shape for m in maps["cross"]] == 2 * [(B, 2, 7, N)]
    assert [m.shape for m in maps["decoder"]] == 2 * [(B, 2, 7, 7)]
    for cross in maps["cross"]:
        torch.testing.assert_close(cross.sum(-1), torch.ones(B, 2, 7))
        assert not cross[1, :, :, 2].any()  # padding


def test_the_same_generator_gives_the_same_weights():
    def drawn():
        return Denoiser(DenoiserConfig(**SIZES), torch.Generator().manual_seed(3))

    torch.manual_seed(1)
    first = drawn().state_dict()
    torch.manual_seed(2)
    for name, weight in drawn().state_dict().items():
        assert torch.equal(weight, first[name]), name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(curve_len=27), "curve_len=27 is not divisible by patch_len=4"),
        (dict(n_steps=0), "n_steps=0 must be a whole number from 1 up"),
        (dict(max_words=-1), "max_words=-1 must be a whole number from 1 up"),
        (dict(d_model=21), "d_model=21 is not divisible by n_heads=2"),
        (dict(pad_id=11), "pad_id=11 is outside vocab_size=11"),
        (dict(no_text_id=-1), "no_text_id=-1 is outside vocab_size=11"),
    ],
    ids=str,
)
def test_sizes_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        DenoiserConfig(**{**SIZES, **changes})


def test_too_many_words_are_refused():
    words = torch.ones(B, N + 1, dtype=torch.long)
    with pytest.raises(ValueError, match="4 words is longer than max_words=3"):
        model()(*noisy(), words)
