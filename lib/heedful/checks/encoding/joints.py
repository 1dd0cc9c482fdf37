"""The exercise on learning: which pieces are joined, and in which order."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs

Pair = tuple[str, str]
Words = dict[str, int]
Spelled = dict[str, list[str]]


def join(pieces: list[str], pair: Pair) -> list[str]:
    """The pieces, with the pair made one piece wherever it stands, from the left."""
    joined: list[str] = []
    at = 0
    while at < len(pieces):
        found = tuple(pieces[at : at + 2]) == tuple(pair)
        joined.append("".join(pair) if found else pieces[at])
        at += 2 if found else 1
    return joined


def _all_pairs(spelled: Spelled, words: Words) -> Counter[Pair]:
    pairs: Counter[Pair] = Counter()
    for word, pieces in spelled.items():
        for pair in pairwise(pieces):
            pairs[pair] += words[word]
    return pairs


def _as_known(pairs: Counter[Pair], vocab: list[str]) -> Pair:
    """The most frequent; of equals, the one whose parts were known first."""
    return min(pairs, key=lambda pair: (-pairs[pair], *map(vocab.index, pair)))


def learn(
    words: Words,
    n_joints: int,
    count: Callable[[Spelled, Words], Counter[Pair]] = _all_pairs,
    choose: Callable[[Counter[Pair], list[str]], Pair] = _as_known,
    join: Callable[[list[str], Pair], list[str]] = join,
    known: Callable[[Iterable[str]], list[str]] = sorted,
) -> list[Pair]:
    """The right answer; a mistake does one of its steps in another way."""
    vocab = known(dict.fromkeys("".join(words)))
    spelled = {word: list(word) for word in words}
    joints: list[Pair] = []
    while len(joints) < n_joints and (pairs := count(spelled, words)):
        joints.append(choose(pairs, vocab))
        vocab.append("".join(joints[-1]))
        spelled = {word: join(pieces, joints[-1]) for word, pieces in spelled.items()}
    return joints


def random_words(generator: Generator, n: int, letters: str) -> list[str]:
    """Different words of two to seven letters."""
    words: dict[str, None] = {}
    while len(words) < n:
        length = int(torch.randint(2, 8, (), generator=generator))
        draw = torch.randint(len(letters), (length,), generator=generator).tolist()
        words["".join(letters[i] for i in draw)] = None
    return [*words]


def _cases(generator: Generator) -> Iterator[Inputs]:
    """By hand first; then random words; then more joints than there are pairs."""
    yield dict(words={"nnbbb": 2, "aann": 4, "bnbn": 1}, n_joints=6)
    for n, letters in ((7, "abc"), (11, "tonesa")):
        words = random_words(generator, n, letters)
        counts = torch.randint(1, 4, (n,), generator=generator).tolist()
        yield dict(words=dict(zip(words, counts)), n_joints=6)
    yield dict(words={"ab": 2, "cab": 1}, n_joints=5)


def _counted(per_word: Callable[[list[str]], Iterable[Pair]]) -> Callable:
    """`count` with other pairs of a word; each as often as the word occurs."""

    def count(spelled: Spelled, words: Words) -> Counter[Pair]:
        pairs: Counter[Pair] = Counter()
        for word, pieces in spelled.items():
            for pair in per_word(pieces):
                pairs[pair] += words[word]
        return pairs

    return count


def _apart(pieces: list[str]) -> Iterator[Pair]:
    """Neighbours, but in a run of equal pieces none is counted twice."""
    last = None
    for at, pair in enumerate(pairwise(pieces)):
        if pair[0] == pair[1] and last == (at - 1, pair):
            last = None
            continue
        last = (at, pair)
        yield pair


def _over_borders(spelled: Spelled, words: Words) -> Counter[Pair]:
    """The words written one after the other, each as often as it occurs."""
    text = [piece for word in words for piece in spelled[word] * words[word]]
    return Counter(pairwise(text))


def _never_again(words: Words, n_joints: int) -> list[Pair]:
    """All pairs counted once, in the beginning."""
    pairs = _all_pairs({word: list(word) for word in words}, words)
    vocab = sorted(set("".join(words)))
    order = sorted(pairs, key=lambda pair: (-pairs[pair], *map(vocab.index, pair)))
    return order[:n_joints]


def _varied(**parts: Callable) -> Callable[[Words, int], list[Pair]]:
    return lambda words, n_joints: learn(words, n_joints, **parts)


_BORDER = "pairs are counted across the border of two words; a joint never crosses it"

check_learn = Task(
    name="joints",
    right=learn,
    cases=_cases,
    compared="every joint, in order; with ties",
    hints=(
        "In each round: count all pairs of neighbours afresh, choose one, join it in "
        "every word.",
        "`pairwise(pieces)` gives the neighbours of one word; a word that occurs three "
        "times counts three times.",
        "`min(pairs, key=lambda pair: (-pairs[pair], *map(vocab.index, pair)))` is the "
        "most frequent pair, and of equals the one whose parts were known first.",
    ),
    mistakes=(
        (
            "each word counts once; a word that occurs n times counts n times",
            _varied(count=lambda s, words: _all_pairs(s, dict.fromkeys(words, 1))),
        ),
        (_BORDER, _varied(count=_over_borders)),
        (_BORDER, lambda words, n: learn({"".join(w * words[w] for w in words): 1}, n)),
        (
            "a pair counts once for each word; count every place where it stands",
            _varied(count=_counted(lambda pieces: {*pairwise(pieces)})),
        ),
        (
            "in a run such as 'aaa' the pair a, a stands twice: count every two "
            "neighbours, even where they overlap",
            _varied(count=_counted(_apart)),
        ),
        (
            "the pairs are counted only once, before the first joint; every joint "
            "makes new neighbours, so count afresh in each round",
            _never_again,
        ),
        (
            "the pairs are counted only once, before the first joint; every joint "
            "makes new neighbours, so count afresh in each round",
            lambda words, n_joints: [
                pair
                for pair, _ in _all_pairs(
                    {word: list(word) for word in words}, words
                ).most_common(n_joints)
            ],
        ),
        (
            "the letters are known in the order in which they occur; let the order "
            "of the alphabet decide, so that the order of the words does not",
            _varied(known=list),
        ),
        (
            "the pair is chosen but never joined, so every round finds the same one",
            _varied(join=lambda pieces, pair: pieces),
        ),
        (
            "you take the rarest pair; take the most frequent one",
            _varied(choose=lambda pairs, vocab: _as_known(
                Counter({pair: -n for pair, n in pairs.items()}), vocab
            )),
        ),
        (
            "of equally frequent pairs you take the one met first in the text; take "
            "the one whose parts were known first",
            _varied(choose=lambda pairs, vocab: max(pairs, key=pairs.__getitem__)),
        ),
        (
            "of equally frequent pairs you take the one whose parts were known last",
            _varied(choose=lambda pairs, vocab: max(
                pairs, key=lambda pair: (pairs[pair], *map(vocab.index, pair))
            )),
        ),
        (
            "of equally frequent pairs you take the first of the alphabet; a joined "
            "piece is known later than every letter",
            _varied(choose=lambda pairs, vocab: min(
                pairs, key=lambda pair: (-pairs[pair], pair)
            )),
        ),
        (
            "of equally frequent pairs you take the last of the alphabet; take the one "
            "whose parts were known first",
            _varied(choose=lambda pairs, vocab: max(
                pairs, key=lambda pair: (pairs[pair], pair)
            )),
        ),
        (
            "there is one joint too few",
            lambda words, n_joints: learn(words, n_joints - 1),
        ),
        (
            "there is one joint too many",
            lambda words, n_joints: learn(words, n_joints + 1),
        ),
    ),
)  # fmt: skip
