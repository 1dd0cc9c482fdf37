from itertools import chain

import torch

from heedful.checks.answering import TinyModel, check_read
from heedful.nets import attend, causal_mask

from ..specimens import wrong


def reading(places, mask=causal_mask, forget=False):
    """A cached reading; `places(n_kept, n_new, n_passes)` gives the positions."""

    def answer(passes, m):
        keys, values, out = [], [], []
        for i, new in enumerate(passes):
            x = m.embed[torch.tensor(new)]
            here = places(len(keys), len(new), i)
            if here is not None:
                x = x + m.places[torch.as_tensor(here)]
            if forget:
                keys, values = [], []
            keys, values = [*keys, *(x @ m.w_k)], [*values, *(x @ m.w_v)]
            seen = mask(len(new), len(keys))
            mixed = attend(x @ m.w_q, torch.stack(keys), torch.stack(values), seen)
            out += [*(mixed @ m.w_out)]
        return torch.stack(out)

    return answer


def at_its_place(n_kept, n_new, n_passes):
    return range(n_kept, n_kept + n_new)


def all_read_again(passes, m):
    """Without any cache: each pass begins from the first token."""
    text, out = [], []
    for new in passes:
        text = text + new
        x = m.embed[text] + m.places[: len(text)]
        mask = torch.ones(len(text), len(text), dtype=torch.bool).tril()
        mixed = attend(x @ m.w_q, x @ m.w_k, x @ m.w_v, mask)
        out.append(mixed[-len(new) :] @ m.w_out)
    return torch.cat(out)


def token_by_token(passes, m):
    keys, values, out = [], [], []
    for place, token in enumerate(chain(*passes)):
        x = m.embed[token] + m.places[place]
        keys.append(x @ m.w_k)
        values.append(x @ m.w_v)
        scores = torch.stack(keys) @ (x @ m.w_q) / len(x) ** 0.5
        out.append(scores.softmax(0) @ torch.stack(values) @ m.w_out)
    return torch.stack(out)


def after_the_last_pass():
    first = [0]  # assigned where it should grow

    def places(n_kept, n_new, n_passes):
        begins, first[0] = (first[0] if n_passes else 0), n_new
        return range(begins, begins + n_new)

    return places


def made_once():
    made = {}

    def places(n_kept, n_new, n_passes):
        if n_kept == 0:
            made.clear()
        return made.setdefault(n_new, range(n_kept, n_kept + n_new))

    return places


CHECK = check_read

WRONG = [
    wrong("begin at 0 again", reading(lambda kept, new, i: range(new))),
    wrong(
        "a pass of a single token gets no place",
        reading(lambda kept, new, i: None if new == 1 else range(kept, kept + new)),
    ),
    wrong("made once for each *size*", reading(made_once())),
    wrong("no token gets a place", reading(lambda kept, new, i: None)),
    wrong(
        "the places count the passes", reading(lambda kept, new, i: range(i, i + new))
    ),
    wrong("the places count the passes", reading(lambda kept, new, i: [i] * new)),
    wrong(
        "moved by the size of this pass",
        reading(lambda kept, new, i: range(kept + new, kept + 2 * new)),
    ),
    wrong("one and the same place", reading(lambda kept, new, i: [kept] * new)),
    wrong(
        "for places count from 0",
        reading(lambda kept, new, i: [max(kept - 1, 0) + j for j in range(new)]),
    ),
    wrong(
        "no place is left out",
        reading(lambda kept, new, i: [kept + bool(i) + j for j in range(new)]),
    ),
    wrong("`+=` and not `=`", reading(after_the_last_pass())),
    wrong("the last pass only", reading(at_its_place, forget=True)),
    wrong("the mask is missing", reading(at_its_place, mask=lambda t, s: None)),
    wrong(
        "from the beginning of the text",
        reading(at_its_place, mask=lambda t, s: torch.ones(t, s).bool().tril()),
    ),
    wrong("the shape is (1, 3)", lambda passes, m: all_read_again(passes, m)[-1:]),
]

RIGHT = [reading(at_its_place), all_read_again, token_by_token]


def INPUTS(generator):
    """One pass, one token per pass, and passes of all sizes."""
    for sizes in ((4,), (1, 1, 1), (3, 1, 2, 1, 4)):
        tokens = torch.randint(0, 5, (sum(sizes),), generator=generator)
        passes = [part.tolist() for part in tokens.split(sizes)]
        yield dict(passes=passes, m=TinyModel.random(generator, v=5, d=6))
