from types import SimpleNamespace

import torch
from torch import nn

from heedful.checks.transformer import check_decoder_layer
from heedful.nets import DecoderLayer

from ..specimens import UNKNOWN, wrong


def pre_norm(x, memory, back, across, think, norms):
    x = x + back(norms[0](x))
    x = x + across(norms[1](x), memory)
    return x + think(norms[2](x))


def no_residual(x, memory, back, across, think, norms):
    x = norms[0](back(x))
    x = norms[1](across(x, memory))
    return norms[2](think(x))


def norm_before_adding(x, memory, back, across, think, norms):
    x = x + norms[0](back(x))
    x = x + norms[1](across(x, memory))
    return x + norms[2](think(x))


def no_norm(x, memory, back, across, think, norms):
    x = x + back(x)
    x = x + across(x, memory)
    return x + think(x)


def normalised_residual(x, memory, back, across, think, norms):
    x = norms[0](x)
    x = x + back(x)
    x = norms[1](x)
    x = x + across(x, memory)
    x = norms[2](x)
    return x + think(x)


def across_first(x, memory, back, across, think, norms):
    x = norms[1](x + across(x, memory))
    x = norms[0](x + back(x))
    return norms[2](x + think(x))


def think_in_the_middle(x, memory, back, across, think, norms):
    x = norms[0](x + back(x))
    x = norms[2](x + think(x))
    return norms[1](x + across(x, memory))


def like_an_encoder(x, memory, back, across, think, norms):
    x = norms[0](x + back(x))
    return norms[2](x + think(x))


def asked_by_memory(x, memory, back, across, think, norms):
    x = norms[0](x + back(x))
    x = norms[1](x + across(memory, x))
    return norms[2](x + think(x))


def across_to_itself(x, memory, back, across, think, norms):
    x = norms[0](x + back(x))
    x = norms[1](x + across(x, x))
    return norms[2](x + think(x))


def one_norm(x, memory, back, across, think, norms):
    norm = norms[0]
    x = norm(x + back(x))
    x = norm(x + across(x, memory))
    return norm(x + think(x))


def side_by_side(x, memory, back, across, think, norms):
    a = norms[0](x + back(x))
    b = norms[1](x + across(x, memory))
    return norms[2](a + b + think(x))


def old_residual(x, memory, back, across, think, norms):
    a = norms[0](x + back(x))
    b = norms[1](x + across(a, memory))
    return norms[2](x + think(b))


def last_norm_forgotten(x, memory, back, across, think, norms):
    x = norms[0](x + back(x))
    x = norms[1](x + across(x, memory))
    return x + think(x)


def think_without_residual(x, memory, back, across, think, norms):
    x = norms[0](x + back(x))
    x = norms[1](x + across(x, memory))
    return norms[2](think(x))


def two_mistakes(x, memory, back, across, think, norms):
    x = norms[0](x + back(x))
    x = norms[1](x + across(memory, x))
    return norms[2](think(x))


CHECK = check_decoder_layer


def across_first_norms_in_order(x, memory, back, across, think, norms):
    x = norms[0](x + across(x, memory))
    x = norms[1](x + back(x))
    return norms[2](x + think(x))


def asked_too_early(x, memory, back, across, think, norms):
    found = across(x, memory)
    x = norms[0](x + back(x))
    x = norms[1](x + found)
    return norms[2](x + think(x))


WRONG = [
    wrong("look back first", across_first_norms_in_order),
    wrong("that looking back has made", asked_too_early),
    wrong("this is pre-norm", pre_norm),
    wrong("residual is missing", no_residual),
    wrong("add first, then normalise", norm_before_adding),
    wrong("norms are missing", no_norm),
    wrong("carries the normalised x", normalised_residual),
    wrong("look back first", across_first),
    wrong("comes after both attentions", think_in_the_middle),
    wrong("never sees the memory", like_an_encoder),
    wrong("takes its queries from memory", asked_by_memory),
    wrong("looks at x itself", across_to_itself),
    wrong("one norm is used three times", one_norm),
    wrong("give it the x that the step before made", side_by_side),
    wrong("add the x that entered the sublayer", old_residual),
    wrong("norm is missing after think", last_norm_forgotten),
    wrong("residual is missing around think", think_without_residual),
    wrong(UNKNOWN, two_mistakes),
]


def by_a_loop(x, memory, back, across, think, norms):
    for sublayer, norm in zip((back, lambda x: across(x, memory), think), norms):
        x = norm(sublayer(x) + x)
    return x


def by_the_library(x, memory, back, across, think, norms):
    """The very layer that the book trains, with the check's sublayers in its place."""
    layer = SimpleNamespace(
        attn=lambda x, **_: back(x),
        cross_attn=lambda x, memory, *_, **__: across(x, memory),
        ffn=think,
        dropout=nn.Identity(),
        pre_norm=False,
    )
    layer.attn_norm, layer.cross_norm, layer.ffn_norm = norms
    everyone = torch.ones(x.size(1), x.size(1), dtype=torch.bool)
    all_of_it = torch.ones(len(x), 1, 1, memory.size(1), dtype=torch.bool)
    return DecoderLayer.forward(layer, x, memory, everyone, all_of_it)


RIGHT = [by_a_loop, by_the_library]


def INPUTS(generator):
    """Sublayers that are nothing of the kind: the layer need not know what they do."""
    for b, t, s, d_model in ((1, 1, 2, 3), (3, 7, 2, 5)):
        a, m, c = torch.randn(3, d_model, d_model, generator=generator)
        scales, shifts = torch.randn(2, 3, d_model, generator=generator)
        yield dict(
            x=torch.randn(b, t, d_model, generator=generator),
            memory=torch.randn(b, s, d_model, generator=generator),
            look_back=lambda x, a=a: x.cumsum(1) @ a,
            look_across=lambda x, memory, m=m: (x @ m).tanh() + memory.mean(1, True),
            think=lambda x, c=c: (x @ c).relu(),
            norms=[
                lambda x, g=g, b=b: g * x.tanh() + b for g, b in zip(scales, shifts)
            ],
        )
