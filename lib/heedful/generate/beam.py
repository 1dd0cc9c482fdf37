"""Beam search: keep several answers in the running, and write the best one.

Greedy writing cannot take back a token whose consequences turn out to be poor. A beam
of `n_beams` answers can: each is continued with every token, and the best `n_beams`
of all continuations stay.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heedful.nets.transformer import LayerCache, Transformer
from heedful.text.tokenizer import BOS_ID, EOS_ID, PAD_ID


@torch.inference_mode()
def beam_search(
    model: Transformer,
    source: Int[Tensor, "batch s_len"],
    max_new: int,
    n_beams: int = 4,
    length_penalty: float | int = 1.0,
) -> Int[Tensor, "batch new"]:
    """The best answer found for each row of `source`, in the form that `greedy` gives.

    An answer of n tokens, EOS included, scores log p / n^length_penalty: 0 ranks by
    the probability alone, which favours short answers, and 1 by the mean log
    probability of a token. (The 2017 paper divides by ((5 + n) / 6)^0.6, after
    [Wu 2016, eq. 14]; the form here is Hugging Face's.) An answer that reaches
    `max_new` counts as finished. The search for a row ends when no running answer
    scores better than the worst of its best `n_beams` finished ones. One beam is
    `greedy`; only a beam that holds every sequence is sure to find the best.

    Source: [Vaswani 2017, sec. 6.1]. Derived in chapter 08. Raises `ValueError` for
    fewer than one beam.
    """
    if n_beams < 1:
        raise ValueError(f"n_beams={n_beams} must be at least 1")
    memory = model.encode(source).repeat_interleave(n_beams, dim=0)
    memory_mask = model.source_mask(source).repeat_interleave(n_beams, dim=0)
    cache = model.new_cache(memory, max_new)
    answer = source.new_full((len(source), max_new), PAD_ID)
    n_written = source.new_zeros(len(source))

    # A source leaves the tensors below when its search ends: `searching` says which
    # remain. Beams of one source are neighbours wherever both share an axis.
    searching = torch.arange(len(source), device=source.device)
    running = source.new_full((len(source), n_beams, 1), BOS_ID)
    log_p = memory.new_full((len(source), n_beams), -torch.inf)
    log_p[:, 0] = 0  # all beams begin alike, so one of them has to speak for all
    finished = torch.full_like(log_p, -torch.inf)  # scores, the best first

    for n in range(1, max_new + 1):
        last = running[:, :, -1].reshape(-1, 1)
        logits = model.decode(last, memory, memory_mask, cache)[:, -1]
        log_p, beam, token = _continued(log_p, logits.log_softmax(-1))
        running = torch.cat([_chosen(running, beam), token[:, :, None]], dim=-1)

        ends = (token == EOS_ID) | (n == max_new)
        score = (log_p / n**length_penalty).masked_fill(~ends, -torch.inf)
        best, which = score[:, :n_beams].max(1)
        better = best > finished[:, 0]
        answer[searching[better], :n] = running[better, which[better], 1:]
        n_written[searching[better]] = n
        finished = torch.cat([finished, score[:, :n_beams]], 1).topk(n_beams).values

        log_p, goes_on = log_p.masked_fill(ends, -torch.inf).topk(n_beams)
        running, beam = _chosen(running, goes_on), beam.gather(1, goes_on)
        open_ = log_p[:, 0] / n**length_penalty > finished[:, -1]
        if not open_.any():
            break
        first = torch.arange(0, beam.numel(), n_beams, device=source.device)
        rows = (first[:, None] + beam)[open_].flatten()
        memory, memory_mask = memory[rows], memory_mask[rows]
        _select(cache, rows)
        searching, running = searching[open_], running[open_]
        log_p, finished = log_p[open_], finished[open_]
    return answer[:, : int(n_written.max())]


def _continued(
    log_p: Float[Tensor, "batch n_beams"], step: Float[Tensor, "rows vocab"]
) -> tuple[
    Float[Tensor, "batch twice"], Int[Tensor, "batch twice"], Int[Tensor, "batch twice"]
]:
    """The best continuations of every source: log p, the beam, the token.

    Twice as many as there are beams: one continuation of each beam ends with EOS, so
    at least `n_beams` of them go on.
    """
    total = log_p[:, :, None] + step.view(*log_p.shape, -1)
    best, at = total.flatten(1).topk(2 * log_p.size(1))
    return best, at // step.size(-1), at % step.size(-1)


def _chosen(
    running: Int[Tensor, "batch beams length"], beam: Int[Tensor, "batch chosen"]
) -> Int[Tensor, "batch chosen length"]:
    return running.gather(1, beam[:, :, None].expand(-1, -1, running.size(-1)))


def _select(cache: list[LayerCache], rows: Int[Tensor, " kept"]) -> None:
    for back, across in cache:
        fewer = len(rows) < len(across.keys)
        back.select(rows)
        if fewer:  # the beams of one source have the same memory anyway
            across.select(rows)
