"""Speculative decoding: a small model guesses ahead, the large one checks all at once.

Reading five tokens takes a large model hardly longer than reading one, since its
weights travel through the memory once either way. So a draft model writes a few
tokens, the large model reads them together, and those that fit are kept. What comes
out has exactly the large model's distribution, however bad the draft is.

Source: [Leviathan 2023, alg. 1], [Chen 2023]. Derived in chapter 08.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.generate.continuation import check_prompts
from heedful.generate.sampling import GREEDY, Sampling
from heedful.nets.cache import KVCache
from heedful.nets.language_model import LanguageModel


@dataclass(frozen=True)
class Speculation:
    """The new tokens, and what they took.

    `n_rounds` is how often the large model was asked: the tokens would have taken it
    one round each. `n_judged` counts the proposals up to the first that was refused in
    each round (those behind it are dropped unseen), so `n_accepted / n_judged` is the
    acceptance rate of [Leviathan 2023, sec. 3.1].
    """

    tokens: list[int]
    n_proposed: int
    n_judged: int
    n_accepted: int
    n_rounds: int


@torch.inference_mode()
def speculate(
    model: LanguageModel,
    draft: LanguageModel,
    prompt: Sequence[int],
    settings: Sampling = GREEDY,
    *,
    max_new: int,
    n_draft: int = 4,
    stop_ids: Collection[int] = (),
    generator: torch.Generator | None = None,
) -> Speculation:
    """What `stream` would write, with `n_draft` guesses of `draft` in each round.

    Greedily the very same tokens; else others, drawn from the same distribution.
    Raises `ValueError` as `stream` does, and if the vocabularies differ in size.
    """
    if draft.config.vocab_size != model.config.vocab_size:
        raise ValueError(
            f"the draft has vocab_size={draft.config.vocab_size}, the model "
            f"vocab_size={model.config.vocab_size}: they must share one vocabulary"
        )
    if n_draft < 1:
        raise ValueError(f"n_draft={n_draft} must be at least 1")
    for reader in (model, draft):
        check_prompts(reader, [prompt], max_new)
    cache, draft_cache = (m.new_cache(1, len(prompt) + max_new) for m in (model, draft))
    text, end = list(prompt), len(prompt) + max_new
    n_proposed = n_judged = n_accepted = n_rounds = 0

    while len(text) < end and (len(text) == len(prompt) or text[-1] not in stop_ids):
        proposals, guesses = [], []
        while len(proposals) < min(n_draft, end - len(text) - 1):
            shares = _shares(draft, draft_cache, text + proposals, 1, settings)
            guesses.append(shares[0])
            proposals.append(_drawn(shares[0], generator))
            if proposals[-1] in stop_ids:
                break
        n = len(proposals) + 1
        truth = _shares(model, cache, text + proposals, n, settings)
        n_kept, following = verify(truth, guesses, proposals, generator)
        text += proposals[:n_kept]
        if n_kept == 0 or text[-1] not in stop_ids:
            text.append(following)
        n_proposed, n_accepted = n_proposed + len(proposals), n_accepted + n_kept
        n_judged += min(n_kept + 1, len(proposals))
        n_rounds += 1
        # The last token has not been read; of the others, all that is kept was.
        for layer in [*cache, *draft_cache]:
            layer.cut(min(layer.length, len(text) - 1))
    return Speculation(text[len(prompt) :], n_proposed, n_judged, n_accepted, n_rounds)


def verify(
    p: Float[Tensor, "n_plus_1 vocab"],
    q: list[Float[Tensor, " vocab"]],
    proposals: list[int],
    generator: torch.Generator | None = None,
) -> tuple[int, int]:
    """How many proposals are kept, and the token that follows them.

    Entry i of `q` is the distribution from which proposal i was drawn, and row i of `p`
    the one from which it should have been; the last row of `p` is for the token after
    them all. A proposal x is kept with probability min(1, p(x) / q(x)). At the first
    that is not, what q gave too little is drawn instead, max(0, p - q) normalised:
    together that is p.
    Source: [Leviathan 2023, alg. 1]. Derived in chapter 08.
    """
    luck = torch.rand(len(proposals), generator=generator, device=p.device)
    for i, x in enumerate(proposals):
        if luck[i] >= p[i, x] / q[i][x]:
            missing = (p[i] - q[i]).clamp(min=0)
            # Where p and q differ by rounding alone, nothing may be missing.
            return i, _drawn(missing + 1e-30 * p[i], generator)
    return len(proposals), _drawn(p[-1], generator)


def _shares(
    model: LanguageModel,
    cache: list[KVCache],
    text: list[int],
    n: int,
    settings: Sampling,
) -> Float[Tensor, "n vocab"]:
    """The distribution of the token after each of the last `n` of `text`.

    The model reads only what its cache lacks.
    """
    unread = torch.tensor([text[cache[0].length :]], device=model.tok_emb.weight.device)
    logits = model(unread, cache, n_last=n)[0]
    seen = torch.zeros_like(logits, dtype=torch.bool)
    for i, row in enumerate(seen):
        row[text[: len(text) - n + 1 + i]] = True
    return settings.shaped(logits, seen).float().softmax(-1)


def _drawn(shares: Tensor, generator: torch.Generator | None) -> int:
    return int(torch.multinomial(shares, 1, generator=generator))
