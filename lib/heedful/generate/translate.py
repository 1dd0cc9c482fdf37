"""Ask a trained run: text in, text out, and the attention that made it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.generate.beam import beam_search
from heedful.generate.greedy import greedy
from heedful.text.batching import pad
from heedful.text.corpus import Pair
from heedful.text.tokenizer import BOS_ID
from heedful.train.run import Run


@dataclass(frozen=True)
class Translation:
    """`maps[kind][layer]` holds the attention weights (H, T, S) of each layer.

    `kind` is "encoder", "decoder" or "cross". Row t of "decoder" and "cross" is what
    the model looked at when it wrote `written[t]`; the columns of "decoder" are
    `read_back`, those of "encoder" and "cross" are `source`.
    """

    text: str
    source: list[str]
    written: list[str]
    maps: dict[str, list[Float[Tensor, "n_heads rows columns"]]]

    @property
    def read_back(self) -> list[str]:
        """The decoder's input: what is written, shifted right behind <bos>."""
        return ["<bos>", *self.written[:-1]]


def translate(run: Run, text: str) -> Translation:
    """Translate one text greedily and keep the attention weights.

    Raises `ValueError` for a text that is empty, too long for the model, or has a
    piece that training never showed (`UnknownPieceError`).
    """
    ids = run.source_tokenizer.encode(text)
    limit = run.config.model.max_seq_len
    if not ids:
        raise ValueError(f"{text!r} has nothing to translate: write at least one word")
    if len(ids) > limit:
        raise ValueError(
            f"the text has {len(ids)} tokens, but this model reads at most {limit}: "
            "shorten it"
        )
    source = torch.tensor([ids])
    tokens = greedy(run.model, source, limit)
    target = torch.cat([torch.tensor([[BOS_ID]]), tokens[:, :-1]], dim=1)
    # Once more over the whole answer: the causal mask makes every row the very
    # weights with which its token was written.
    maps = run.model.new_maps()
    with torch.inference_mode():
        run.model(source, target, maps)
    return Translation(
        text=run.target_tokenizer.decode(tokens[0].tolist()),
        source=run.source_tokenizer.split(text),
        written=[run.target_tokenizer.pieces[i] for i in tokens[0].tolist()],
        maps={kind: [m[0] for m in layers] for kind, layers in maps.items()},
    )


def translate_all(
    run: Run, texts: list[str], batch_size: int = 250, n_beams: int = 1
) -> list[str]:
    """Translate many texts, those of like length together.

    One beam writes greedily, more search (`beam_search`).
    """
    limit = run.config.model.max_seq_len
    ids = [run.source_tokenizer.encode(text) for text in texts]
    rows = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    answers = [""] * len(texts)
    for start in range(0, len(rows), batch_size):
        group = rows[start : start + batch_size]
        source = pad([ids[i] for i in group])
        if n_beams == 1:
            tokens = greedy(run.model, source, limit)
        else:
            tokens = beam_search(run.model, source, limit, n_beams)
        for i, answer in zip(group, tokens.tolist()):
            answers[i] = run.target_tokenizer.decode(answer)
    return answers


def exact_match(run: Run, pairs: list[Pair]) -> float:
    """The share of pairs whose translation is right to the last character."""
    return share_right(translate_all(run, [source for source, _ in pairs]), pairs)


def share_right(answers: list[str], pairs: list[Pair]) -> float:
    """The share of `answers` that are the goals of `pairs`."""
    return sum(a == goal for a, (_, goal) in zip(answers, pairs)) / len(pairs)
