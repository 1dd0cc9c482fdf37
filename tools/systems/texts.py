"""Text: tokenizers, corpora, batches."""

import datetime
import os
import random
import re
import tempfile
from unittest.mock import patch

import torch
from num2words import num2words

from heedful import text
from heedful.text import CORPORA, EOS_ID, PAD_ID, TEXTS, Tokenizer
from heedful.text.bpe import BytePairTokenizer
from heedful.text.fast_bpe import FastBytePairTokenizer
from heedful.text.packages import DataError
from heedful.text.tokenizer import BOS_ID

from .table import Missing, Same, same, system

SAMPLES = [
    "the cat sat on the mat, and then the other cat sat there too",
    "def f(x):\n    return x ** 2  # 2048\n\n\ndef g(x):\n\treturn f(f(x))\n",
    "その計画は世論の圧力で中止になった。私達の列車は日が暮れてからローマに着いた。",
    "na\u00efve \U0001f600\u200d\u3000full\uff57idth \x00\x1f\x7f\x85\xa0",
]


def scrambled(n: int) -> list[str]:
    """Texts that no tokenizer has been taught, from the characters of `SAMPLES`."""
    rng, letters = random.Random(0), "".join(SAMPLES)
    return ["".join(rng.choices(letters, k=rng.randint(0, 60))) for _ in range(n)]


@system("tokenizer by words", "text.Tokenizer", "`str.split` on number words")
def words() -> Same:
    sentences = [source for source, _ in CORPORA["numbers"](500, 100).train]
    tokenizer = Tokenizer.build(sentences, "word")
    got = [tokenizer.split(s) for s in sentences]
    expected = [s.replace("-", " ").lower().split() for s in sentences]
    decoded = [tokenizer.decode(tokenizer.encode(s)).split() for s in sentences]
    return same(got + decoded, expected * 2, "texts, split and there and back")


@system("tokenizer by characters", "text.Tokenizer", "`list` of the text")
def characters() -> Same:
    tokenizer = Tokenizer.build(SAMPLES, "char")
    decoded = [list(tokenizer.decode(tokenizer.encode(t))) for t in scrambled(200)]
    return same(decoded, [list(t) for t in scrambled(200)], "texts")


@system(
    "byte-level BPE: learning",
    "text.bpe.BytePairTokenizer",
    "the trainer of Hugging Face's `tokenizers`",
)
def bpe_merges() -> Same:
    ours = BytePairTokenizer.learn(SAMPLES, 347)
    theirs = FastBytePairTokenizer.learn(SAMPLES, 347)
    return same(ours.merges, theirs.merges, "merges")


@system(
    "byte-level BPE: encoding, and its fast twin",
    "text.bpe.BytePairTokenizer text.fast_bpe.FastBytePairTokenizer",
    "the encoder of Hugging Face's `tokenizers`",
)
def bpe_ids() -> Same:
    ours = BytePairTokenizer.learn(SAMPLES, 347)
    theirs = FastBytePairTokenizer(ours.merges)
    texts = SAMPLES + scrambled(200)
    ids = [ours.encode(t) for t in texts]
    back = [ours.decode(i) for i in ids]
    return same(
        ids + back, [theirs.encode(t) for t in texts] + texts, "texts, and back"
    )


@system(
    "packing for a language model",
    "text.pack text.packed_batches text.TextBatch",
    "the stream, cut by hand",
)
def packing() -> Same:
    documents = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14], [15, 16]]
    stream = [EOS_ID]
    for document in documents:
        stream += [*document, EOS_ID]
    packed = text.pack(documents, 4)
    asked = [t for t in packed.goal.flatten().tolist() if t != PAD_ID]
    return same(asked, stream[1:], "tokens, each asked for once")


@system(
    "packing into files, for a large corpus",
    "text.TokenFile",
    "`text.pack` of the same documents",
)
def token_files() -> Same:
    part = [text.Document(f"{i}.py", t) for i, t in enumerate(SAMPLES * 3)]
    card = text.CARDS["sources"]
    corpus = text.TextCorpus(card=card, train=part, valid=part[:2], test=[])
    with (
        tempfile.TemporaryDirectory() as home,
        patch.dict(os.environ, HEEDFUL_HOME=home),
    ):
        ids = text.TokenFile.of(corpus, 300).train.tolist()
    learned = FastBytePairTokenizer.learn((d.text for d in part), 300)
    packed = text.pack([learned.encode(d.text) for d in part], 1)
    return same(ids[1:], packed.goal.flatten().tolist(), "tokens")


@system(
    "batches of pairs",
    "text.encode_pairs text.EncodedPairs text.Batch text.pad text.bucketed_order "
    "text.training_batches",
    "the pairs that went in",
)
def batches() -> Same:
    pairs = CORPORA["numbers"](500, 100).train
    tokenizers = [Tokenizer.build((p[i] for p in pairs), u) for i, u in
                  ((0, "word"), (1, "char"))]  # fmt: skip
    encoded = text.encode_pairs(pairs, *tokenizers)
    order = text.bucketed_order([len(s) for s in encoded.sources], 13, seed=0, epoch=0)
    found = {}
    for rows in order:
        batch = encoded.batch(rows)
        for i, source, target, goal in zip(
            rows, batch.source, batch.target, batch.goal
        ):
            whole = source[source != PAD_ID].tolist()
            n = int((goal != PAD_ID).sum())
            ok = target[0] == BOS_ID and goal[n - 1] == EOS_ID
            shifted = torch.equal(target[1:n], goal[: n - 1])
            found[i] = (whole, goal[: n - 1].tolist()) if ok and shifted else None
    expected = list(zip(encoded.sources, encoded.targets))
    return same([found.get(i) for i in range(len(pairs))], expected, "pairs")


@system(
    "corpus numbers",
    "text.CORPORA text.Corpus text.Card text.CARDS",
    "the package num2words, in English and Japanese",
)
def numbers() -> Same:
    from heedful.text.numbers import english, japanese

    rng = random.Random(0)
    numbers = [rng.randrange(10 ** rng.randint(1, 9)) for _ in range(1_000)]
    ours = [(english(n, and_=True), japanese(n)) for n in numbers]
    theirs = [(num2words(n).replace(",", ""), num2words(n, lang="ja")) for n in numbers]
    return same(ours, theirs, "numbers")


@system(
    "corpus dates",
    "text.CORPORA",
    "the date that `strptime` reads in the English, and the digits of the Japanese",
)
def dates() -> Same:
    pairs = CORPORA["dates"](1_000, 100).train
    forms = ("%A, %B %d, %Y", "%B %d, %Y", "%b %d, %Y")

    def read(english: str) -> datetime.date | None:
        for form in forms:
            try:
                return datetime.datetime.strptime(english, form).date()
            except ValueError:
                pass
        return None

    japanese = [datetime.date(*map(int, re.findall(r"\d+", j))) for _, j in pairs]
    return same([read(e) for e, _ in pairs], japanese, "pairs")


def parts_apart(name: str) -> Same:
    """No document of a text corpus is in two parts, and all are where a path leads."""
    try:
        corpus = TEXTS[name]()
    except DataError as error:
        raise Missing(str(error)) from None
    parts = (corpus.train, corpus.valid, corpus.test)
    texts = [document.text for part in parts for document in part]
    return Same(len(set(texts)), len(texts), "texts in one part only")


@system(
    "corpus python",
    "text.TEXTS text.TextCorpus text.Document",
    "the files of the standard library",
)
def python() -> Same:
    import sysconfig
    from pathlib import Path

    root = Path(sysconfig.get_path("stdlib"))
    documents = TEXTS["python"]().test
    files = [(root / d.name).read_text(encoding="utf-8") for d in documents]
    return same([d.text for d in documents], files, "files of the test part")


@system(
    "corpus sources", "text.TEXTS", "no text is in two parts", needs="sympy, networkx"
)
def sources() -> Same:
    return parts_apart("sources")


@system(
    "corpus wiki",
    "text.TEXTS",
    "no text is in two parts",
    needs="`heedful data get wiki`",
)
def wiki() -> Same:
    return parts_apart("wiki")


@system(
    "corpus tatoeba",
    "text.CORPORA",
    "no English sentence is in two parts",
    needs="`heedful data get tatoeba`",
)
def tatoeba() -> Same:
    from heedful.text.tatoeba import sentence_key

    try:
        corpus = CORPORA["tatoeba"]()
    except DataError as error:
        raise Missing(str(error)) from None
    train = {sentence_key(e) for _, e in corpus.train}
    held_out = [sentence_key(e) for _, e in corpus.valid + corpus.test]
    apart = [key not in train for key in held_out]
    return Same(sum(apart), len(held_out), "held-out sentences, none trained on")
