"""The exercises on cutting a new word, by hand and by a program."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Generator

from heedful.checks import ByHand, Task
from heedful.checks.encoding.joints import Pair, join, learn, random_words
from heedful.checks.values import Inputs

Joints = Sequence[Pair]


def pieces_of(word: str, joints: Joints) -> list[str]:
    """The right answer: every joint in the order in which it was learned."""
    pieces = list(word)
    for pair in joints:
        pieces = join(pieces, pair)
    return pieces


def _longest_first(word: str, joints: Joints) -> list[str]:
    """From the left, always the longest piece that is in the vocabulary."""
    vocab = {*word, *map("".join, joints)}
    pieces = []
    while word:
        length = max(n for n in range(1, len(word) + 1) if word[:n] in vocab)
        pieces.append(word[:length])
        word = word[length:]
    return pieces


def _one_after_another(
    best: Callable[[list[int], list[Pair]], int],
) -> Callable[[str, Joints], list[str]]:
    """Join at one place at a time: `best` of the places where a joint fits."""

    def cut(word: str, joints: Joints) -> list[str]:
        pieces = list(word)
        while True:
            pairs = [*pairwise(pieces)]
            places = [at for at, pair in enumerate(pairs) if pair in joints]
            if not places:
                return pieces
            at = best(places, pairs)
            pieces[at : at + 2] = ["".join(pieces[at : at + 2])]

    return cut


def _last_learned_first(word: str, joints: Joints) -> list[str]:
    return pieces_of(word, joints[::-1])


def _first_place_only(word: str, joints: Joints) -> list[str]:
    pieces = list(word)
    for left, right in joints:
        for at, pair in enumerate(pairwise(pieces)):
            if pair == (left, right):
                pieces[at : at + 2] = [left + right]
                break
    return pieces


def _until_one_fails(word: str, joints: Joints) -> list[str]:
    pieces = list(word)
    for pair in joints:
        if (joined := join(pieces, pair)) == pieces:
            break
        pieces = joined
    return pieces


def _replaced_in_the_text(word: str, joints: Joints) -> list[str]:
    text = " ".join(word)
    for left, right in joints:
        text = text.replace(f"{left} {right}", left + right)
    return text.split()


_MISTAKES = (
    (
        "nothing is joined yet: these are the letters",
        lambda word, joints: list(word),
    ),
    (
        "the joints are made from the last to the first; make them in the order in "
        "which they were learned",
        _last_learned_first,
    ),
    (
        "you take the longest known piece from the left. The tokenizer does not look "
        "for long pieces: it makes its joints in the order in which they were learned",
        _longest_first,
    ),
    (
        "you join whatever fits first from the left; the joint that was learned first "
        "comes first, wherever it stands",
        _one_after_another(lambda places, pairs: places[0]),
    ),
    (
        "a joint is made at the first place only; make it wherever the pair stands",
        _first_place_only,
    ),
    (
        "only the first joint is made; go on with the others",
        lambda word, joints: join(list(word), joints[0]),
    ),
    (
        "the last joint is missing",
        lambda word, joints: pieces_of(word, joints[:-1]),
    ),
    (
        "you stop at the first joint that fits nowhere; go on with the next one",
        _until_one_fails,
    ),
)


def _listed(joints: str) -> list[Pair]:
    """The joints of "a+b ab+c" as pairs."""
    pairs = (joint.split("+") for joint in joints.split())
    return [(left, right) for left, right in pairs]


def pieces_by_hand(word: str, joints: str) -> list[str]:
    """The pieces, where the joints are given as in "a+b ab+c"."""
    return pieces_of(word, _listed(joints))


check_pieces = ByHand(
    name="pieces",
    hints=(
        "Write the word letter by letter, with gaps. Take the first joint and close "
        "the gap wherever its two parts stand side by side.",
        "Then the second joint, in what is there now. What has been closed stays "
        "closed, so a letter inside a piece is no part any more.",
        "Strike out each joint when you are done with it: you never go back to one.",
    ),
    right=pieces_by_hand,
    mistakes=[
        (message, lambda word, joints, cut=cut: cut(word, _listed(joints)))
        for message, cut in _MISTAKES
    ],
)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A word by hand, then random words, cut by what other words have taught."""
    yield dict(word="obonobon", joints=_listed("n+o b+o o+b bo+no o+bo bo+n"))
    yield dict(word="n", joints=[("n", "o")])
    for n, letters in ((7, "abc"), (13, "tonesa")):
        words = random_words(generator, n, letters)
        counts = torch.randint(1, 5, (n,), generator=generator).tolist()
        joints = one_way(learn(dict(zip(words, counts)), 12))
        for word in random_words(generator, 5, letters):
            yield dict(word=2 * word, joints=joints)


def one_way(joints: list[Pair]) -> list[Pair]:
    """The joints up to the first that makes a piece which another one makes, too."""
    made: list[str] = []
    for pair in joints:
        if "".join(pair) in made:
            break
        made.append("".join(pair))
    return joints[: len(made)]


check_encode = Task(
    name="a new word",
    right=pieces_of,
    cases=_cases,
    compared="every piece",
    hints=(
        "Begin with the letters, `list(word)`. What is to be done in the first round, "
        "and what has changed before the second?",
        "The joints stand in the order in which they were learned: go through them "
        "once, and make each wherever it fits.",
        "`for pair in joints: pieces = join(pieces, pair)`.",
    ),
    mistakes=(
        *_MISTAKES,
        (
            "a joint is also made where a piece only ends or begins with its letters; "
            "both parts must be whole pieces",
            _replaced_in_the_text,
        ),
    ),
)
