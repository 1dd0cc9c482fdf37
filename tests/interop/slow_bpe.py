"""Byte-level BPE as SmolLM2 has it, one rule after the other."""

from itertools import pairwise

import regex
from transformers.convert_slow_tokenizer import bytes_to_unicode

PIECES = (  # GPT-2's
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)
LETTER = bytes_to_unicode()
"""How a vocabulary spells each byte."""


def encode(text, tokens, merges):
    ids = {token: i for i, token in enumerate(tokens)}
    rank = {tuple(merge.split(" ")): i for i, merge in enumerate(merges)}
    signs = [token for token in tokens if token.startswith("<|")]
    out = []
    for part in regex.split("(" + "|".join(map(regex.escape, signs)) + ")", text):
        if part in signs:
            out.append(ids[part])
            continue
        for between in regex.split(r"(\p{N})", part):  # no piece spans a digit
            for piece in regex.findall(PIECES, between):
                out += [ids[s] for s in _merged(piece, rank)]
    return out


def _merged(piece, rank):
    symbols = [LETTER[byte] for byte in piece.encode()]
    while True:
        pairs = [pair for pair in pairwise(symbols) if pair in rank]
        if not pairs:
            return symbols
        best, i = min(pairs, key=rank.__getitem__), 0
        while i < len(symbols) - 1:
            if (symbols[i], symbols[i + 1]) == best:
                symbols[i : i + 2] = [best[0] + best[1]]
            i += 1
