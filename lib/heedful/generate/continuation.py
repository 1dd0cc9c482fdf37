"""Continue prompts with a language model.

The prompt is read in one go (prefill), then one token at a time is written and read
(decode); a cache keeps the keys and values of all that was read. `stream` is for one
prompt and a reader who wants to see each token at once, `complete` for many prompts.
`complete_uncached` is the slow, obvious twin.
"""

from collections.abc import Collection, Iterator, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from heedful.generate.sampling import GREEDY, Sampling
from heedful.nets.language_model import LanguageModel


def stream(
    model: LanguageModel,
    prompt: Sequence[int],
    settings: Sampling = GREEDY,
    *,
    max_new: int,
    stop_ids: Collection[int] = (),
    generator: torch.Generator | None = None,
) -> Iterator[int]:
    """At most `max_new` tokens that follow the prompt, each as soon as it is written.

    The last one is of `stop_ids` if the model stopped by itself. Derived in
    chapter 08. Raises `ValueError`, before the first token, for an empty prompt, for a
    token that the model does not know, and if prompt and answer together are too long
    for it.
    """
    check_prompts(model, [prompt], max_new)
    columns = _columns(model, [prompt], settings, max_new, generator)
    return _until_stop((int(column[0]) for column in columns), stop_ids)


def complete(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    settings: Sampling = GREEDY,
    *,
    max_new: int,
    stop_ids: Collection[int] = (),
    generator: torch.Generator | None = None,
) -> list[list[int]]:
    """What `stream` gives for every prompt, all written side by side.

    Prompts may differ in length. Raises `ValueError` as `stream` does.
    """
    check_prompts(model, prompts, max_new)
    answers: list[list[int]] = [[] for _ in prompts]
    for column in _columns(model, prompts, settings, max_new, generator):
        for answer, token in zip(answers, column.tolist()):
            if not answer or answer[-1] not in stop_ids:
                answer.append(token)
        if all(answer[-1] in stop_ids for answer in answers):
            break
    return answers


@torch.inference_mode()
def complete_uncached(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    settings: Sampling = GREEDY,
    *,
    max_new: int,
    stop_ids: Collection[int] = (),
    generator: torch.Generator | None = None,
) -> list[list[int]]:
    """The same answers one by one, with everything computed afresh for every token.

    (The same if greedy; drawn tokens are drawn in another order.)
    """
    check_prompts(model, prompts, max_new)
    answers = []
    for prompt in prompts:
        text = list(prompt)
        while len(text) < len(prompt) + max_new:
            logits = model(torch.tensor([text], device=model.tok_emb.weight.device))[
                :, -1
            ]
            seen = torch.zeros_like(logits, dtype=torch.bool)
            seen[:, text] = True
            text.append(int(settings.choose(logits, seen, generator)))
            if text[-1] in stop_ids:
                break
        answers.append(text[len(prompt) :])
    return answers


def check_prompts(
    model: LanguageModel, prompts: Sequence[Sequence[int]], max_new: int
) -> None:
    """Raise `ValueError` unless the model can read every prompt and answer it."""
    if not prompts or not all(prompts):
        raise ValueError("a prompt is empty: give it one token at least")
    if max_new < 1:
        raise ValueError(f"max_new={max_new} must be at least 1")
    for token in {token for prompt in prompts for token in prompt}:
        if not 0 <= token < model.config.vocab_size:
            raise ValueError(
                f"token {token} is outside the vocabulary: "
                f"vocab_size={model.config.vocab_size}"
            )
    longest, limit = max(map(len, prompts)), model.config.max_seq_len
    if longest + max_new > limit + 1:  # the last token is written, but never read
        raise ValueError(
            f"a prompt of {longest} tokens and max_new={max_new} need more than "
            f"max_seq_len={limit} positions: at most {limit + 1 - longest} new ones fit"
        )


def _columns(
    model: LanguageModel,
    prompts: Sequence[Sequence[int]],
    settings: Sampling,
    max_new: int,
    generator: torch.Generator | None,
) -> Iterator[Int[Tensor, " batch"]]:
    """One new token for every prompt, again and again."""
    tokens, n_pad = _padded(model, prompts)
    cache = model.new_cache(len(prompts), tokens.size(1) + max_new)
    seen = torch.zeros(
        len(prompts), model.config.vocab_size, dtype=torch.bool, device=tokens.device
    )
    for row, prompt in zip(seen, prompts):
        row[list(prompt)] = True
    for _ in range(max_new):
        with torch.inference_mode():  # and not while the reader has the token
            logits = model(tokens, cache, n_pad=n_pad, n_last=1)[:, -1]
            tokens = settings.choose(logits, seen, generator)[:, None]
            seen.scatter_(1, tokens, True)
        yield tokens[:, 0]


def _padded(
    model: LanguageModel, prompts: Sequence[Sequence[int]]
) -> tuple[Int[Tensor, "batch length"], Int[Tensor, " batch"] | None]:
    """The prompts in one tensor, and how many tokens were put before each.

    All end in the last column: that is where the next token comes from. What the
    padding is does not matter, as no token looks at it.
    """
    longest, place = max(map(len, prompts)), model.tok_emb.weight.device
    rows = [[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    n_pad = torch.tensor([longest - len(prompt) for prompt in prompts], device=place)
    return torch.tensor(rows, device=place), n_pad if n_pad.any() else None


def _until_stop(tokens: Iterator[int], stop_ids: Collection[int]) -> Iterator[int]:
    for token in tokens:
        yield token
        if token in stop_ids:
            return
