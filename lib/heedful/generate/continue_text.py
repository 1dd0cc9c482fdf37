"""Continue a text with a trained run of a language model: text in, text out."""

import codecs
from collections.abc import Iterator

import torch

from heedful.generate.continuation import stream
from heedful.generate.sampling import GREEDY, Sampling
from heedful.text.fast_bpe import FastBytePairTokenizer
from heedful.text.tokenizer import EOS_ID
from heedful.train.run import Run


def continue_text(
    run: Run,
    prompt: str,
    settings: Sampling = GREEDY,
    *,
    max_new: int,
    generator: torch.Generator | None = None,
) -> Iterator[str]:
    """What follows `prompt` at the start of a document, in pieces, as it is written.

    Ends after `max_new` tokens, or where the model ends the document. A character
    whose bytes come in several tokens is given when it is whole; bytes that are no
    UTF-8 become U+FFFD. An empty prompt is one, too. Derived in chapter 06. Raises
    `ValueError`, before the first piece, if prompt and answer are too long.
    """
    (tokenizer,) = run.tokenizers
    assert isinstance(tokenizer, FastBytePairTokenizer)  # as all language models have
    ids = [EOS_ID, *tokenizer.encode(prompt)]  # as packing puts it before a document
    tokens = stream(
        run.model, ids, settings,
        max_new=max_new, stop_ids=(EOS_ID,), generator=generator,
    )  # fmt: skip
    return _texts(tokenizer.decode_bytes([token]) for token in tokens)


def _texts(pieces: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for piece in pieces:
        if text := decoder.decode(piece):
            yield text
    if rest := decoder.decode(b"", final=True):
        yield rest
