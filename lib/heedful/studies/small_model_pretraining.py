"""What SmolLM2 took from its two trillion tokens: how it guesses, what it can recite.

Derived in chapter 06.
"""

import math
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from heedful.generate.continuation import complete
from heedful.generate.score import PROMPTS
from heedful.interop.chat_tokenizer import ChatTokenizer
from heedful.nets.language_model import LanguageModel
from heedful.studies.small_model_heads import TEXT
from heedful.text.corpora import TEXTS

N_CHARACTERS = 1_000
"""How much of each unseen Python file is guessed, from its beginning."""

PASSAGES = {
    "Declaration of Independence": (
        "We hold these truths to be self-evident, that all men",
        " are created equal, that they are endowed by their Creator with certain"
        " unalienable Rights, that among these are Life, Liberty and the pursuit of"
        " Happiness.",
    ),
    "Gettysburg Address": (
        "Four score and seven years ago our fathers brought forth",
        " on this continent, a new nation, conceived in Liberty, and dedicated to the"
        " proposition that all men are created equal.",
    ),
    "Pride and Prejudice": (
        "It is a truth universally acknowledged, that a single man",
        " in possession of a good fortune, must be in want of a wife.",
    ),
    "Lorem ipsum": (
        "Lorem ipsum dolor sit amet,",
        " consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et"
        " dolore magna aliqua.",
    ),
    "MIT licence": (
        "Permission is hereby granted, free of charge, to any person",
        " obtaining a copy of this software and associated documentation files (the"
        ' "Software"), to deal in the Software without restriction,',
    ),
    "the usual imports": (
        "import numpy as np\nimport pandas as pd\nimport matplotlib",
        ".pyplot as plt\nimport seaborn as sns\n",
    ),
    "written for this book": (
        TEXT[: TEXT.index(" climbed")],
        " climbed its ninety-two steps, lit the lamp and wrote the weather into a"
        " book.",
    ),
}
"""How a text begins, and how it goes on. All but the last are on the web many times."""


def pretraining(model: LanguageModel, tokenizer: ChatTokenizer) -> dict[str, Any]:
    """The model's sizes, what it makes of `PROMPTS` and `PASSAGES`, and its bits.

    A row of "passages" has how many `tokens` of the rest come in a row, `right`, if
    the likeliest is always taken, what is `written` instead, and the `bits` per byte
    of the rest. "files" are the beginnings of the files of `python` that our own
    models are tested on: how many, and bits per byte.
    """
    return dict(
        sizes=asdict(model.config),
        n_parameters=sum(weight.numel() for weight in model.parameters()),
        completions=[_completion(model, tokenizer, prompt) for prompt in PROMPTS],
        passages=[
            dict(name=name) | _recital(model, tokenizer, *passage)
            for name, passage in PASSAGES.items()
        ],
        files=_files(model, tokenizer),
    )


def _completion(
    model: LanguageModel, tokenizer: ChatTokenizer, prompt: str
) -> dict[str, str]:
    (written,) = complete(model, [_start(tokenizer, prompt)], max_new=72)
    return dict(prompt=prompt, greedy=tokenizer.decode(written))


def _recital(
    model: LanguageModel, tokenizer: ChatTokenizer, begin: str, rest: str
) -> dict[str, Any]:
    start, wanted = _start(tokenizer, begin), tokenizer.encode(rest)
    (written,) = complete(model, [start], max_new=len(wanted))
    agrees = [a == b for a, b in zip(written, wanted)]
    bits = _bits(model, start, wanted)
    return dict(
        begin=begin,
        rest=rest,
        written=tokenizer.decode(written),
        tokens=len(wanted),
        right=[*agrees, False].index(False),
        bits=round(bits / len(rest.encode()), 3),
    )


def _files(model: LanguageModel, tokenizer: ChatTokenizer) -> dict[str, Any]:
    corpus = TEXTS["python"]()
    texts = [document.text[:N_CHARACTERS] for document in corpus.test]
    bits = sum(_bits(model, _start(tokenizer), tokenizer.encode(t)) for t in texts)
    n_bytes = sum(len(text.encode()) for text in texts)
    return dict(
        n=len(texts), versions=corpus.versions, bits_per_byte=round(bits / n_bytes, 4)
    )


@torch.inference_mode()
def _bits(model: LanguageModel, start: list[int], rest: list[int]) -> float:
    """-log2 of the probability of `rest` after `start`."""
    logits = model(torch.tensor([start + rest]), n_last=len(rest) + 1)[0, :-1]
    chosen: Tensor = logits.log_softmax(-1).gather(1, torch.tensor(rest)[:, None])
    return -float(chosen.sum()) / math.log(2)


def _start(tokenizer: ChatTokenizer, text: str = "") -> list[int]:
    """As a text began in pre-training: behind the sign that stands between two."""
    return tokenizer.encode("<|endoftext|>" + text)
