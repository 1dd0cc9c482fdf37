from itertools import pairwise

from heedful.checks.encoding import check_encode, join
from heedful.checks.encoding.cutting import one_way
from heedful.checks.encoding.joints import learn, random_words

from ..specimens import wrong


def by_rank(word, joints):
    """As the library does it: always the joint that was learned first."""
    pieces = list(word)
    while len(pieces) > 1:
        ranks = [joints.index(p) if p in joints else 99 for p in pairwise(pieces)]
        at = ranks.index(min(ranks))
        if ranks[at] == 99:
            break
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return pieces


def by_replacing(word, joints):
    text = "".join(f" {letter} " for letter in word)
    for left, right in joints:
        text = text.replace(f" {left}  {right} ", f" {left}{right} ")
    return text.split()


def by_careless_replacing(word, joints):
    text = " ".join(word)
    for left, right in joints:
        text = text.replace(left + " " + right, left + right)
    return text.split(" ")


def longest_match(word, joints):
    known = [left + right for left, right in joints]
    pieces, at = [], 0
    while at < len(word):
        end = len(word)
        while end > at + 1 and word[at:end] not in known:
            end -= 1
        pieces.append(word[at:end])
        at = end
    return pieces


def leftmost(word, joints):
    pieces = list(word)
    at = 0
    while at < len(pieces) - 1:
        if (pieces[at], pieces[at + 1]) in joints:
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
            at = 0
        else:
            at += 1
    return pieces


def backwards(word, joints):
    return by_replacing(word, joints[::-1])


def once_each(word, joints):
    pieces = list(word)
    for left, right in joints:
        for at in range(len(pieces) - 1):
            if pieces[at] == left and pieces[at + 1] == right:
                pieces = [*pieces[:at], left + right, *pieces[at + 2 :]]
                break
    return pieces


def first_only(word, joints):
    return by_replacing(word, joints[:1])


def returns_in_the_loop(word, joints):
    pieces = list(word)
    for pair in joints:
        pieces = join(pieces, pair)
        return pieces
    return pieces


def last_forgotten(word, joints):
    pieces = list(word)
    for i in range(len(joints) - 1):
        pieces = join(pieces, joints[i])
    return pieces


def gives_up(word, joints):
    pieces = list(word)
    for pair in joints:
        if pair not in pairwise(pieces):
            return pieces
        pieces = join(pieces, pair)
    return pieces


def result_discarded(word, joints):
    pieces = list(word)
    for pair in joints:
        join(pieces, pair)
    return pieces


CHECK = check_encode

WRONG = [
    wrong("these are the letters", result_discarded),
    wrong("from the last to the first", backwards),
    wrong("longest known piece", longest_match),
    wrong("whatever fits first from the left", leftmost),
    wrong("first place only", once_each),
    wrong("only the first joint is made", first_only),
    wrong("only the first joint is made", returns_in_the_loop),
    wrong("the last joint is missing", last_forgotten),
    wrong("stop at the first joint", gives_up),
    wrong("must be whole pieces", by_careless_replacing),
    wrong("return a list, not a str", lambda w, j: " ".join(by_rank(w, j))),
    wrong("changes its input", lambda w, j: [by_rank(w, j), j.pop()][0]),
]

RIGHT = [by_rank, by_replacing]


def INPUTS(generator):
    """Words of one letter and of many; joints that fit and joints that do not."""
    yield dict(word="on", joints=[("o", "n")])
    yield dict(word="noon", joints=[("a", "n")])
    for letters in ("nab", "stone"):
        words = random_words(generator, 6, letters)
        joints = one_way(learn(dict.fromkeys(words, 1), 9))
        yield dict(word="".join(words), joints=joints)
