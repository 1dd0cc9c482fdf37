"""What the heads of SmolLM2 look at, and what is lost with a few of them."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor

from heedful.interop.chat_tokenizer import ChatTokenizer
from heedful.nets.language_model import LanguageModel
from heedful.studies.heads import looking_back, switched_off

TEXT = """\
An old lighthouse stood at the end of the harbour. Every evening the keeper climbed its
ninety-two steps, lit the lamp and wrote the weather into a book. He had done so for
forty years, and the book was the eleventh. One night in March the lamp went out. There
was no wind and no moon, and when the keeper came down to look for oil he found the
fishermen on the pier, all of them, with their heads in their necks. For the first time
in forty years they saw how many stars there were. Nobody spoke. He went up again,
opened the book and wrote: clear."""
LIST_LEN = 48
N_LISTS = 4

Heads = list[tuple[int, int]]


@torch.inference_mode()
def heads(model: LanguageModel, tokenizer: ChatTokenizer) -> dict[str, Any]:
    """Three habits of every head, layer by layer, and four models that lack some.

    "first" and "previous" are the mean weight given to the first token and to the one
    before, in a text. For "again" a list of random tokens is shown twice: it is the
    mean weight that the second showing gives to what followed the same token in the
    first. A head that does so is called an induction head.

    "without" has one row per experiment: which (layer, head) are switched off, the
    share of the tokens of the second showing that the model predicts right, what the
    five induction heads still give to the right place, and the loss on the text.
    Source: [Olsson 2022] for the repeated random list. Derived in chapter 03.
    """
    text = torch.tensor([tokenizer.encode(TEXT.replace("\n", " "))])
    generator = torch.Generator().manual_seed(0)
    # The ids below are signs such as the end of a message, no pieces of text.
    lowest, highest = len(tokenizer.sign_ids), len(tokenizer)
    drawn = torch.randint(lowest, highest, (N_LISTS, LIST_LEN), generator=generator)
    lists = torch.cat([drawn, drawn], dim=1)

    in_text, in_lists = _maps(model, text), _maps(model, lists)
    first = torch.stack([maps[:, :, 1:, 0].mean((0, 2)) for maps in in_text])
    previous = torch.stack([looking_back(maps, 1, start=2) for maps in in_text])
    again = _again(in_lists)

    ranked = [divmod(i, again.size(1)) for i in again.flatten().argsort().tolist()]
    five = ranked[:-6:-1]
    before = [divmod(int(previous.argmax()), again.size(1))]
    rest = [head for head in ranked if head not in five + before]
    order = torch.randperm(len(rest), generator=generator)
    others = [rest[i] for i in order[:5].tolist()]
    without = {"none": [], "induction": five, "previous": before, "others": others}
    return dict(
        first=_rounded(first),
        previous=_rounded(previous),
        again=_rounded(again),
        without=[
            dict(name=name, heads=off) | _without(model, off, text, lists, five)
            for name, off in without.items()
        ],
    )


def _without(
    model: LanguageModel, off: Heads, text: Tensor, lists: Tensor, five: Heads
) -> dict[str, float]:
    layers: list[Any] = [block.attn for block in model.blocks]
    with ExitStack() as stack:
        for layer in {layer for layer, _ in off}:
            here = [head for other, head in off if other == layer]
            stack.enter_context(switched_off(layers[layer], here))
        maps: list[Tensor] = []
        predicted = model(lists, maps=maps).argmax(-1)
        logits = model(text)
    # Before the second token of the second showing nobody can know what comes.
    right = predicted[:, LIST_LEN:-1] == lists[:, LIST_LEN + 1 :]
    again = _again(maps)
    log_p = logits[:, :-1].log_softmax(-1).gather(2, text[:, 1:, None])
    return dict(
        right=round(float(right.float().mean()), 3),
        again=round(sum(float(again[head]) for head in five) / len(five), 3),
        text_loss=round(-float(log_p.mean()), 3),
    )


def _maps(model: LanguageModel, tokens: Tensor) -> list[Tensor]:
    maps: list[Tensor] = []
    model(tokens, maps=maps)
    return maps


def _again(maps: Iterable[Tensor]) -> Tensor:
    """(L, H): what the second showing gives to the token after the same one."""
    return torch.stack([looking_back(m, LIST_LEN - 1, start=LIST_LEN) for m in maps])


def _rounded(table: Tensor) -> list[list[float]]:
    return [[round(x, 3) for x in row] for row in table.tolist()]
