"""Write the most probable next token, again and again, until the end token.

`greedy` is the fast path: the source is encoded once and a cache holds the keys and
values of what is written. `greedy_uncached` is its slow, obvious twin.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from heedful.nets.encoder_decoder import EncoderDecoder
from heedful.text.tokenizer import BOS_ID, EOS_ID, PAD_ID


@torch.inference_mode()
def greedy(
    model: EncoderDecoder, source: Int[Tensor, "batch s_len"], max_new: int
) -> Int[Tensor, "batch new"]:
    """The tokens written for each row of `source`, at most `max_new`.

    A row ends with EOS and is then filled with PAD; BOS is not returned.
    """
    return write(model, model.encode(source), model.source_mask(source), max_new)


@torch.inference_mode()
def write(
    model: EncoderDecoder,
    memory: Float[Tensor, "batch s_len width"],
    memory_mask: Bool[Tensor, "batch 1 1 s_len"],
    max_new: int,
) -> Int[Tensor, "batch new"]:
    """The decoder's part of `greedy`: it knows the source by its memory alone."""
    cache = model.new_cache(memory, max_new)
    token = torch.full((len(memory), 1), BOS_ID, device=memory.device)
    done = torch.zeros_like(token, dtype=torch.bool)
    written = []
    for _ in range(max_new):
        logits = model.decode(token, memory, memory_mask, cache)
        token = logits[:, -1:].argmax(-1).masked_fill(done, PAD_ID)
        written.append(token)
        done |= token == EOS_ID
        if done.all():
            break
    return torch.cat(written, dim=1)


@torch.inference_mode()
def greedy_uncached(
    model: EncoderDecoder, source: Int[Tensor, "batch s_len"], max_new: int
) -> Int[Tensor, "batch new"]:
    """The same tokens, with everything computed afresh for every new one."""
    target = source.new_full((len(source), 1), BOS_ID)
    done = torch.zeros_like(target, dtype=torch.bool)
    for _ in range(max_new):
        logits = model(source, target)
        token = logits[:, -1:].argmax(-1).masked_fill(done, PAD_ID)
        target = torch.cat([target, token], dim=1)
        done |= token == EOS_ID
        if done.all():
            break
    return target[:, 1:]
