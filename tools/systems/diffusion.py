"""Diffusion, told by words through cross-attention."""

import torch
from diffusers import DDIMScheduler, DDPMScheduler
from diffusers.models.attention import BasicTransformerBlock
from torch import Tensor, nn

from heedful.generate import ddim, ddpm
from heedful.nets import (
    Denoiser,
    DenoiserConfig,
    cosine_schedule,
    linear_schedule,
    sinusoidal,
)
from heedful.text import curve_texts, draw_curves, read_curve

from .table import Gap, Same, gap, largest, same, shaken, system

B, STEPS, D, F = 5, 20, 22, 37


def denoiser() -> Denoiser:
    config = DenoiserConfig(
        vocab_size=7, curve_len=28, patch_len=4, max_words=3, n_steps=STEPS, d_model=D,
        n_heads=2, d_ff=F,
    )  # fmt: skip
    return shaken(Denoiser(config))


def words() -> Tensor:
    return torch.tensor([[3, 4, 5], [5, 0, 0], [6, 6, 3], [4, 3, 0], [1, 0, 0]])


def stable_diffusion_block(ours: nn.Module) -> nn.Module:
    """The block of Stable Diffusion's U-Net, but with max(0, .) as activation."""
    theirs = BasicTransformerBlock(D, 2, D // 2, cross_attention_dim=D, ff_inner_dim=F)
    theirs.ff.net[0] = nn.Sequential(nn.Linear(D, F), nn.ReLU())
    for own, other in ((ours.attn, theirs.attn1), (ours.cross_attn, theirs.attn2)):
        other.to_q.load_state_dict(own.q_proj.state_dict())
        other.to_k.load_state_dict(own.k_proj.state_dict())
        other.to_v.load_state_dict(own.v_proj.state_dict())
        other.to_out[0].weight.copy_(own.o_proj.weight)
        other.to_out[0].bias.zero_()
    theirs.ff.net[0][0].load_state_dict(ours.ffn.up_proj.state_dict())
    theirs.ff.net[2].load_state_dict(ours.ffn.down_proj.state_dict())
    norms = (ours.attn_norm, ours.cross_norm, ours.ffn_norm)
    for own, other in zip(norms, (theirs.norm1, theirs.norm2, theirs.norm3)):
        other.load_state_dict(own.state_dict())
    return theirs.eval()


@system(
    "denoiser with cross-attention (Stable Diffusion's block)",
    "nets.Denoiser nets.DenoiserConfig",
    "diffusers' `BasicTransformerBlock`, with ReLU",
    within=1e-4,
)
def block() -> Gap:
    ours, x, t = denoiser(), torch.randn(B, 28), torch.tensor([1, 20, 2, 7, 5])
    memory = ours.word_emb(words()) + ours.word_pos_emb.weight
    mask = torch.zeros(B, 1, 3).masked_fill((words() == 0)[:, None], -1e9)
    h = ours.patch_proj(x.view(B, 7, 4)) + ours.patch_pos_emb.weight
    h = h + ours.step_proj(sinusoidal(STEPS + 1, D)[t])[:, None]
    for own in ours.blocks:
        theirs = stable_diffusion_block(own)
        h = theirs(h, encoder_hidden_states=memory, encoder_attention_mask=mask)
    return gap(ours(x, t, words()), ours.noise_proj(ours.final_norm(h)).view(B, 28))


@system(
    "noise schedules, cosine and linear",
    "nets.cosine_schedule nets.linear_schedule nets.NoiseSchedule",
    "diffusers' `DDPMScheduler`",
    within=1e-5,
)
def schedules() -> Gap:
    cosine = DDPMScheduler(100, beta_schedule="squaredcos_cap_v2")
    linear = DDPMScheduler(1000)
    pairs = ((cosine_schedule(100), cosine), (linear_schedule(), linear))
    return largest(gap(a.alpha_bar[1:], b.alphas_cumprod) for a, b in pairs)


def theirs(scheduler: DDPMScheduler | DDIMScheduler, model: Denoiser, n: int) -> Tensor:
    scheduler.set_timesteps(n)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(B, 28, generator=generator)
    for step in scheduler.timesteps:
        noise = model(x, (step + 1).expand(B), words())
        x = scheduler.step(noise, step, x, generator=generator).prev_sample
    return x


@system("sampling by DDPM", "generate.ddpm", "diffusers' `DDPMScheduler`", within=1e-3)
def by_ddpm() -> Gap:
    model = denoiser()
    scheduler = DDPMScheduler(STEPS, trained_betas=model.schedule.beta.numpy())
    got = ddpm(model, words(), torch.Generator().manual_seed(0))
    return gap(got, theirs(scheduler, model, STEPS))


@system(
    "sampling by DDIM, 4, 5 and 20 steps",
    "generate.ddim",
    "diffusers' `DDIMScheduler`",
    within=1e-3,
)
def by_ddim() -> Gap:
    model, gaps = denoiser(), []
    for n in (4, 5, STEPS):
        scheduler = DDIMScheduler(
            STEPS,
            trained_betas=model.schedule.beta.numpy(),
            timestep_spacing="trailing",
        )
        got = ddim(model, words(), torch.Generator().manual_seed(0), n_steps=n)
        gaps.append(gap(got, theirs(scheduler, model, n)))
    return largest(gaps)


@system(
    "corpus curves",
    "text.curve_texts text.draw_curves text.read_curve text.encode_texts "
    "text.curve_batches",
    "the words, read off the drawn curves by least squares",
)
def curves() -> Same:
    texts = curve_texts("test")
    drawn = draw_curves(texts, torch.Generator().manual_seed(0))
    read = [read_curve(c, len(t.split())) for t, c in zip(texts, drawn)]
    return same(read, [t.split() for t in texts], "texts")
