from itertools import takewhile

import torch

from heedful.checks.answering import check_reuse

from ..specimens import wrong


def beginning(kept, prompt):
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(kept, prompt))))


def by_slices(kept, prompt):
    """Try the longest beginning first; the last token of the prompt is never kept."""
    for n in range(min(len(kept), len(prompt) - 1), 0, -1):
        if kept[:n] == prompt[:n]:
            return n
    return 0


def recursive(kept, prompt):
    if not kept or len(prompt) == 1 or kept[0] != prompt[0]:
        return 0
    return 1 + recursive(kept[1:], prompt[1:])


def known_tokens(kept, prompt):
    return sum(token in kept for token in prompt)


CHECK = check_reuse

WRONG = [
    wrong("one token of the prompt must be read", beginning),
    wrong("one too few", lambda k, p: max(0, beginning(k, p) - 1)),
    wrong("one too few", lambda k, p: by_slices(k, p) - 1),
    wrong("still to be read", lambda k, p: len(p) - by_slices(k, p)),
    wrong("behind the first difference", lambda k, p: sum(map(int.__eq__, k, p))),
    wrong("its place may be another", known_tokens),
    wrong("the cache is kept as it is", lambda k, p: len(k)),
    wrong("the cache is kept as it is", lambda k, p: min(len(k), len(p) - 1)),
    wrong(
        "all or nothing",
        lambda k, p: min(len(k), len(p) - 1) if p[: len(k)] == k else 0,
    ),
    wrong("all is read again", lambda k, p: 0),
    wrong("the first token that differs", lambda k, p: beginning(k, p) + 1),
    wrong("return a number, not a list", lambda k, p: k[: by_slices(k, p)]),
]

RIGHT = [by_slices, recursive, lambda k, p: torch.tensor(by_slices(k, p))]


def INPUTS(generator):
    """Texts of few kinds of tokens, so that beginnings of all lengths are alike."""
    for n_kept, n_prompt in ((0, 3), (4, 1), (3, 5), (5, 3), (6, 6)):
        kept = torch.randint(0, 2, (n_kept,), generator=generator).tolist()
        other = torch.randint(0, 2, (n_prompt,), generator=generator).tolist()
        yield dict(kept=kept, prompt=other)
        prompt = (kept + other)[:n_prompt]
        yield dict(kept=kept, prompt=prompt)
