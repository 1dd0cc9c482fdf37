from collections import Counter
from itertools import pairwise

import torch

from heedful.checks.encoding import check_learn, join
from heedful.checks.encoding.joints import random_words

from ..specimens import wrong


def learned(words, n, weigh=None, rank=None, joined=join):
    """A plain learner, in which one step can go wrong."""
    vocab = sorted({letter for word in words for letter in word})
    cut = [(list(word), count) for word, count in words.items()]
    found = []
    for _ in range(n):
        pairs = Counter()
        for pieces, count in cut:
            for pair in weigh(pieces) if weigh else pairwise(pieces):
                pairs[pair] += count
        if not pairs:
            break
        best = sorted(pairs, key=lambda p: (rank or known_first)(p, pairs, vocab))[0]
        found.append(best)
        vocab.append(best[0] + best[1])
        cut = [(joined(pieces, best), count) for pieces, count in cut]
    return found


def known_first(pair, pairs, vocab):
    return -pairs[pair], vocab.index(pair[0]), vocab.index(pair[1])


def ones(words, n):
    return learned({word: 1 for word in words}, n)


def across(words, n):
    """One long text without borders."""
    vocab = sorted(set("".join(words)))
    pieces = [letter for word, count in words.items() for letter in word * count]
    found = []
    for _ in range(n):
        pairs = Counter(pairwise(pieces))
        if not pairs:
            break
        found.append(min(pairs, key=lambda p: known_first(p, pairs, vocab)))
        vocab.append("".join(found[-1]))
        pieces = join(pieces, found[-1])
    return found


def once_per_word(words, n):
    return learned(words, n, weigh=lambda pieces: set(pairwise(pieces)))


def apart(pieces):
    at = 0
    while at < len(pieces) - 1:
        yield pieces[at], pieces[at + 1]
        a, b, *more = pieces[at:]
        at += 2 if a == b and more and more[0] == a else 1


def non_overlapping(words, n):
    return learned(words, n, weigh=apart)


def counted_once(words, n):
    pairs = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
    vocab = sorted(set("".join(words)))
    return sorted(pairs, key=lambda p: known_first(p, pairs, vocab))[:n]


def counted_once_and_left(words, n):
    pairs = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            pairs[pair] += count
    return [pair for pair, _ in pairs.most_common(n)]


def never_joined(words, n):
    return learned(words, n, joined=lambda pieces, pair: pieces)


def rarest(words, n):
    return learned(
        words, n, rank=lambda p, pairs, vocab: (pairs[p], *map(vocab.index, p))
    )


def first_met(words, n):
    return learned(words, n, rank=lambda p, pairs, vocab: -pairs[p])


def known_last(words, n):
    def rank(p, pairs, vocab):
        return -pairs[p], -vocab.index(p[0]), -vocab.index(p[1])

    return learned(words, n, rank=rank)


def as_they_occur(words, n):
    letters = list(dict.fromkeys("".join(words)))

    def rank(p, pairs, vocab):
        pieces = letters + vocab[len(letters) :]
        return -pairs[p], pieces.index(p[0]), pieces.index(p[1])

    return learned(words, n, rank=rank)


def alphabet(words, n):
    return learned(words, n, rank=lambda p, pairs, vocab: (-pairs[p], p))


def largest_tuple(words, n):
    """`max` over (count, pair)."""
    spelled = {word: list(word) for word in words}
    found = []
    while len(found) < n:
        pairs = Counter()
        for word in words:
            for pair in pairwise(spelled[word]):
                pairs[pair] += words[word]
        if not pairs:
            break
        _, best = max((count, pair) for pair, count in pairs.items())
        found.append(best)
        spelled = {word: join(pieces, best) for word, pieces in spelled.items()}
    return found


def as_strings(words, n):
    return " ".join(a + b for a, b in learned(words, n))


CHECK = check_learn

WRONG = [
    wrong("each word counts once", ones),
    wrong("across the border", across),
    wrong("a pair counts once for each word", once_per_word),
    wrong("in a run such as", non_overlapping),
    wrong("counted only once, before the first", counted_once),
    wrong("counted only once, before the first", counted_once_and_left),
    wrong("known in the order in which they occur", as_they_occur),
    wrong("never joined", never_joined),
    wrong("you take the rarest", rarest),
    wrong("the one met first in the text", first_met),
    wrong("known last", known_last),
    wrong("first of the alphabet", alphabet),
    wrong("last of the alphabet", largest_tuple),
    wrong("one joint too few", lambda words, n: learned(words, n - 1)),
    wrong("one joint too many", lambda words, n: learned(words, n + 1)),
    wrong("return a list, not a str", as_strings),
]


def by_a_list_of_places(words, n):
    """Keeps a rank for each piece instead of looking it up in a list."""
    rank = {letter: i for i, letter in enumerate(sorted(set("".join(words))))}
    spelled = [list(word) for word, count in words.items() for _ in range(count)]
    found = []
    for _ in range(n):
        pairs = Counter(pair for pieces in spelled for pair in pairwise(pieces))
        if not pairs:
            return found
        most = max(pairs.values())
        tied = [pair for pair in pairs if pairs[pair] == most]
        best = min(tied, key=lambda pair: [rank[piece] for piece in pair])
        rank[best[0] + best[1]] = len(rank)
        spelled = [join(pieces, best) for pieces in spelled]
        found.append(list(best))
    return found


RIGHT = [learned, by_a_list_of_places]


def INPUTS(generator):
    """One word alone; words that share letters; more joints than can be made."""
    yield dict(words={"abab": 1}, n_joints=1)
    for n, letters, n_joints in ((3, "ab", 9), (8, "eat", 5), (9, "stonea", 7)):
        words = random_words(generator, n, letters)
        counts = torch.randint(1, 6, (n,), generator=generator).tolist()
        yield dict(words=dict(zip(words, counts)), n_joints=n_joints)
