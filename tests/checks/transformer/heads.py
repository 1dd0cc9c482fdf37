import math
from functools import partial

import torch
from torch.nn import functional as F

from heedful.checks.transformer import check_multi_head
from heedful.checks.transformer.heads import Projections
from heedful.nets import MultiHeadAttention, attend

from ..specimens import wrong


def projected(x, memory, p):
    return p.q_proj(x), p.k_proj(memory), p.v_proj(memory)


def cut(x, n_heads):
    return x.view(*x.shape[:2], n_heads, -1).transpose(1, 2)


def joined(x):
    return x.transpose(1, 2).reshape(x.size(0), x.size(2), -1)


def multi_head(x, memory, mask, p, n_heads, cut=cut, joined=joined, attend=attend):
    q, k, v = (cut(part, n_heads) for part in projected(x, memory, p))
    return p.o_proj(joined(attend(q, k, v, mask)))


def viewed(x, n_heads):
    return x.view(x.size(0), n_heads, x.size(1), -1)


def dealt(x, n_heads):
    return x.view(*x.shape[:2], -1, n_heads).permute(0, 3, 1, 2)


def flat(x):
    return x.reshape(x.size(0), x.size(2), -1)


def head_last(x):
    return x.permute(0, 2, 3, 1).flatten(2)


def view_both_ways(*args):
    return multi_head(*args, cut=viewed, joined=flat)


def view_in(*args):
    return multi_head(*args, cut=viewed)


def view_out(*args):
    return multi_head(*args, joined=flat)


def dealt_in_turn(*args):
    return multi_head(*args, cut=dealt)


def dealt_both_ways(*args):
    return multi_head(*args, cut=dealt, joined=head_last)


def merged_head_last(*args):
    return multi_head(*args, joined=head_last)


def scaled_by_model(x, memory, mask, p, n_heads):
    def wide(q, k, v, mask):
        scores = q @ k.mT / math.sqrt(x.size(-1))
        return scores.masked_fill(~mask, float("-inf")).softmax(-1) @ v

    return multi_head(x, memory, mask, p, n_heads, attend=wide)


def one_head(x, memory, mask, p, n_heads):
    q, k, v = (part[:, None] for part in projected(x, memory, p))
    return p.o_proj(attend(q, k, v, mask)[:, 0])


def no_output_projection(x, memory, mask, p, n_heads):
    q, k, v = (cut(part, n_heads) for part in projected(x, memory, p))
    return joined(attend(q, k, v, mask))


def memory_ignored(x, memory, mask, p, n_heads):
    return multi_head(x, x, mask, p, n_heads)


def asked_by_memory(x, memory, mask, p, n_heads):
    return multi_head(memory, memory, mask, p, n_heads)


def sides_swapped(x, memory, mask, p, n_heads):
    return multi_head(memory, x, mask, p, n_heads)


def values_from_keys(x, memory, mask, p, n_heads):
    q, k, _ = (cut(part, n_heads) for part in projected(x, memory, p))
    return p.o_proj(joined(attend(q, k, k, mask)))


def mask_ignored(x, memory, mask, p, n_heads):
    return multi_head(x, memory, None, p, n_heads)


def heads_averaged(x, memory, mask, p, n_heads):
    q, k, v = (cut(part, n_heads) for part in projected(x, memory, p))
    return attend(q, k, v, mask).mean(1)


def in_steps(hide=lambda scores, mask: scores.masked_fill(~mask, -torch.inf)):
    """The layer of the task without its bug, with another way to hide."""

    def layer(x, memory, mask, p, n_heads):
        q, k, v = (cut(part, n_heads) for part in projected(x, memory, p))
        scores = hide(q @ k.mT / math.sqrt(q.size(-1)), mask)
        return p.o_proj(joined(scores.softmax(-1) @ v))

    return layer


def discarded(scores, mask):
    scores.masked_fill(~mask, -torch.inf)
    return scores


def unscaled(x, memory, mask, p, n_heads):
    def loud(q, k, v, mask):
        return (q @ k.mT).masked_fill(~mask, -torch.inf).softmax(-1) @ v

    return multi_head(x, memory, mask, p, n_heads, attend=loud)


CHECK = check_multi_head


def as_in_the_chapter(x, memory, mask, p, n_heads):
    """The chapter's loop, to which a mask was added."""
    heads = []
    for h in range(n_heads):
        part = slice(h * x.size(-1) // n_heads, (h + 1) * x.size(-1) // n_heads)
        q, k, v = (y[..., part] for y in projected(x, memory, p))
        heads.append(attend(q, k, v, mask))
    return p.o_proj(torch.cat(heads, dim=-1))


WRONG = [
    wrong("give head h its [:, h]", as_in_the_chapter),
    wrong("by a view or reshape to (B, H, T, Dh)", view_both_ways),
    wrong("which mixes positions", view_in),
    wrong("merged without going back", view_out),
    wrong("dealt to the heads in turn", dealt_in_turn),
    wrong("not (Dh, H)", dealt_both_ways),
    wrong("merged features are in the wrong order", merged_head_last),
    wrong("root of d_model", scaled_by_model),
    wrong("only one head", one_head),
    wrong("output projection is missing", no_output_projection),
    wrong("memory is not used", memory_ignored),
    wrong("queries come from memory; they must", asked_by_memory),
    wrong("x and memory are swapped", sides_swapped),
    wrong("made by k_proj", values_from_keys),
    wrong("mask has no effect", mask_ignored),
    wrong("masked_fill returns a new tensor", in_steps(discarded)),
    wrong("exp(0) = 1", in_steps(lambda s, mask: s.masked_fill(~mask, -1e-12))),
    wrong("mask is inverted", in_steps(lambda s, mask: s.masked_fill(mask, -1e9))),
    wrong("are not scaled", unscaled),
    wrong("shape is (1, 4, 3)", heads_averaged),
]


def head_by_head(x, memory, mask, p, n_heads):
    mask = mask.expand(x.size(0), 1, x.size(1), memory.size(1))[:, 0]
    parts = [part.chunk(n_heads, dim=-1) for part in projected(x, memory, p)]
    return p.o_proj(torch.cat([attend(*head, mask) for head in zip(*parts)], dim=-1))


def by_einsum(x, memory, mask, p, n_heads):
    q, k, v = (
        part.unflatten(-1, (n_heads, -1)) for part in projected(x, memory, p)
    )  # (B, T, H, Dh)
    scores = torch.einsum("bthd,bshd->bhts", q, k) / q.size(-1) ** 0.5
    weights = torch.where(mask, scores, -torch.inf).softmax(-1)
    return p.o_proj(torch.einsum("bhts,bshd->bthd", weights, v).flatten(2))


def by_torch(*args):
    return multi_head(*args, attend=F.scaled_dot_product_attention)


def by_the_library(x, memory, mask, p, n_heads):
    """The check's projections, put into the layer that the book trains."""
    layer = MultiHeadAttention(x.size(-1), n_heads)
    for name, proj in p._asdict().items():
        getattr(layer, name).weight.data = proj(torch.eye(x.size(-1))).T
    return layer(x, memory, mask).detach()


RIGHT = [head_by_head, by_einsum, by_torch, by_the_library]


def INPUTS(generator):
    """Other sizes, and any mask that leaves each query a key."""
    for b, h, d_head, t, s in ((1, 3, 2, 1, 2), (3, 2, 7, 5, 3)):
        d_model = h * d_head
        mask = torch.rand(b, 1, t, s, generator=generator) < 0.5
        mask[..., 0] = True
        weights = torch.randn(4, d_model, d_model, generator=generator) / d_model**0.5
        yield dict(
            x=torch.randn(b, t, d_model, generator=generator),
            memory=torch.randn(b, s, d_model, generator=generator),
            mask=mask,
            p=Projections(*(partial(torch.matmul, other=w) for w in weights)),
            n_heads=h,
        )
