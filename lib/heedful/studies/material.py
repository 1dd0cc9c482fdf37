"""What the models of a comparison learn from, and what they are asked."""

from collections import Counter
from dataclasses import dataclass, replace

from torch.nn import functional as F

from heedful.generate.greedy import greedy
from heedful.nets.encoder_decoder import EncoderDecoder
from heedful.studies.contenders import Vocab
from heedful.studies.records import ByLength
from heedful.text.batching import EncodedPairs, encode_pairs
from heedful.text.corpus import Corpus
from heedful.text.tokenizer import PAD_ID, Tokenizer


@dataclass(frozen=True)
class Material:
    """The three parts of a corpus as token ids, and how many pieces there are."""

    vocab: Vocab
    train: EncodedPairs
    valid: EncodedPairs
    test: EncodedPairs

    @classmethod
    def of(cls, corpus: Corpus) -> "Material":
        """The pieces are those of the training part."""
        source, target = (
            Tokenizer.build((pair[side] for pair in corpus.train), corpus.units[side])
            for side in (0, 1)
        )
        parts = (corpus.train, corpus.valid, corpus.test)
        encoded = (encode_pairs(pairs, source, target) for pairs in parts)
        return cls((len(source), len(target)), *encoded)

    def learned_up_to(self, longest: int) -> "Material":
        """The same test, but no source over `longest` words to learn from."""
        train, valid = (_up_to(longest, part) for part in (self.train, self.valid))
        return replace(self, train=train, valid=valid)


def _up_to(longest: int, pairs: EncodedPairs) -> EncodedPairs:
    both = zip(pairs.sources, pairs.targets)
    kept = [(s, t) for s, t in both if len(s) <= longest]
    return EncodedPairs([s for s, _ in kept], [t for _, t in kept])


def score(model: EncoderDecoder, pairs: EncodedPairs) -> ByLength:
    """Per number of words in the source: how many answers are right, and of how many.

    An answer is right if every token is, the end included.
    """
    right, tested = Counter(), Counter()
    for batch in pairs.in_batches(250):
        width = batch.goal.size(1)
        written = greedy(model, batch.source, width)
        written = F.pad(written, (0, width - written.size(1)), value=PAD_ID)
        is_right = (written == batch.goal).all(dim=1)
        n_words = (batch.source != PAD_ID).sum(dim=1)
        tested.update(n_words.tolist())
        right.update(n_words[is_right].tolist())
    return {n: (right[n], tested[n]) for n in sorted(tested)}
