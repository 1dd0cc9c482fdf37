"""What happens in SmolLM2 while it answers: what it reads, keeps, and does not change.

Derived in chapter 08.
"""

import hashlib
import time
from typing import Any

import torch
from torch import nn

from heedful.generate.conversation import Conversation
from heedful.interop.chat_tokenizer import ChatTokenizer
from heedful.nets.language_model import LanguageModel

PROMPT = "In the middle of the night she heard a"
N_BEST = 64
TEMPERATURES = (0.5, 1.0, 1.5, 2.0)
TALKS = (
    ("My cat is called Pixel.", "What is the name of my cat?"),
    ("What is the name of my cat?",),
)
"""One conversation in which the model is told a name, and one in which it is not."""


@torch.inference_mode()
def next_token(model: LanguageModel, tokenizer: ChatTokenizer) -> dict[str, Any]:
    """The `N_BEST` best of all tokens that may follow `PROMPT`, with their logits.

    `rest` is the probability of all others together, by temperature.
    """
    ids = torch.tensor([tokenizer.encode(PROMPT)])
    logits = model(ids, n_last=1)[0, 0]
    best = logits.topk(N_BEST)
    rest = {
        t: 1 - float((logits / t).softmax(-1)[best.indices].sum()) for t in TEMPERATURES
    }
    return dict(
        prompt=PROMPT,
        n_vocab=len(logits),
        tokens=[tokenizer.decode([i]) for i in best.indices.tolist()],
        logits=[round(x, 4) for x in best.values.tolist()],
        rest={t: round(share, 4) for t, share in rest.items()},
    )


def conversations(model: LanguageModel, tokenizer: ChatTokenizer) -> dict[str, Any]:
    """`TALKS`, greedily, and for each answer what the model was given to read.

    A row has the `pieces` of the answer as they came, `read` (how many tokens went
    into each pass) and `cache_bytes` (keys and values after each pass). The hash is
    of all weights, before the first question and after the last answer.
    """
    before, rows, passes = weights_hash(model), [], []
    hook = model.register_forward_hook(
        lambda _, given, __: passes.append((given[0].size(1), _n_bytes(given[1])))
    )
    for i, questions in enumerate(TALKS):
        talk = Conversation(model, tokenizer, max_new=24)
        for question in questions:
            passes.clear()
            pieces = list(talk.answer(question))
            read, cache_bytes = (list(column) for column in zip(*passes))
            rows.append(
                dict(talk=i, question=question, pieces=pieces)
                | dict(read=read, cache_bytes=cache_bytes)
            )
    hook.remove()
    n_bytes = sum(weight.nbytes for weight in model.state_dict().values())
    hashes = dict(before=before, after=weights_hash(model))
    return dict(rows=rows, weights_bytes=n_bytes, hashes=hashes)


@torch.inference_mode()
def reading_times(
    model: LanguageModel, tokenizer: ChatTokenizer, n_tokens: int = 128
) -> dict[str, Any]:
    """The seconds that the same tokens take in one pass, and in a pass for each."""
    ids = tokenizer.encode("The moon rose, and the cat went out. " * n_tokens)
    tokens = torch.tensor([ids[:n_tokens]])
    seconds = []
    for parts in (tokens.split(n_tokens, 1), tokens.split(1, 1)):
        cache = model.new_cache(1, n_tokens)
        start = time.perf_counter()
        for part in parts:
            model(part, cache, n_last=1)
        seconds.append(round(time.perf_counter() - start, 3))
    return dict(n_tokens=n_tokens, at_once=seconds[0], one_by_one=seconds[1])


def weights_hash(model: nn.Module) -> str:
    """SHA-256 of all weights, in the order of their names."""
    digest = hashlib.sha256()
    for _, weight in sorted(model.state_dict().items()):
        digest.update(weight.contiguous().numpy().data)
    return digest.hexdigest()


def _n_bytes(cache: list[Any]) -> int:
    return sum(layer.keys.nbytes + layer.values.nbytes for layer in cache)
