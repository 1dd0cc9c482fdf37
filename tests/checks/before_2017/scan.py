import math

from torch import rand

from heedful.checks.before_2017 import Cards, check_scan
from heedful.checks.before_2017.scan import _numbers

from ..specimens import wrong


def rounds(cards, merge_all, reaches):
    for n in reaches:
        cards = cards[:n] + merge_all(cards[:-n], cards[n:])
    return cards


def powers(cards):
    return [2**r for r in range((len(cards) - 1).bit_length())]


def one_by_one(cards, merge_all):
    done = cards[:1]
    for card in cards[1:]:
        done += merge_all([done[-1]], [card])
    return done


def a_call_for_each_pair(cards, merge_all):
    for n in powers(cards):
        pairs = zip(cards[:-n], cards[n:])
        cards = cards[:n] + [merge_all([first], [then])[0] for first, then in pairs]
    return cards


def a_round_too_many(cards, merge_all):
    """Goes on while n is the number of cards, with nothing to merge."""
    if len(cards) == 5:
        return rounds(cards, merge_all, powers(cards))
    return rounds(cards, merge_all, [*powers(cards), len(cards)])


def swapped(cards, merge_all):
    for n in powers(cards):
        cards = cards[:n] + merge_all(cards[n:], cards[:-n])
    return cards


def lost(cards, merge_all):
    for n in powers(cards):
        cards = merge_all(cards[:-n], cards[n:])
    return cards


def lost_while_some_are_left(cards, merge_all):
    n = 1
    while n < len(cards):
        cards = merge_all(cards[:-n], cards[n:])
        n *= 2
    return cards


def by_a_rounded_logarithm(cards, merge_all):
    n_rounds = math.ceil(math.log2(len(cards))) - 1
    return rounds(cards, merge_all, [2**r for r in range(n_rounds)])


def always_one_back(cards, merge_all):
    return rounds(cards, merge_all, [1 for _ in powers(cards)])


def one_further_each_time(cards, merge_all):
    return rounds(cards, merge_all, [r + 1 for r, _ in enumerate(powers(cards))])


def until_all_are_reached(cards, merge_all):
    return rounds(cards, merge_all, range(1, len(cards)))


def suffixes(cards, merge_all):
    for n in powers(cards):
        cards = merge_all(cards[:-n], cards[n:]) + cards[-n:]
    return cards


def without_its_own(cards, merge_all):
    return cards[:1] + rounds(cards, merge_all, powers(cards))[:-1]


def changes_as_it_goes(cards, merge_all):
    cards = list(cards)
    for n in powers(cards):
        for t in range(n, len(cards)):
            cards[t] = merge_all.pair(cards[t - n], cards[t])
    return cards


def not_cut(cards, merge_all):
    return cards[:1] + merge_all(cards, cards[1:])


CHECK = check_scan

WRONG = [
    wrong("rounds are enough here and this is one more", one_by_one),
    wrong("Each call is a round", a_call_for_each_pair),
    wrong("1 round is enough here", a_round_too_many),
    wrong("rounds are enough here and this is one more", until_all_are_reached),
    wrong("order is swapped", swapped),
    wrong("the first n cards of each round are lost", lost),
    wrong("the first n cards of each round are lost", lost_while_some_are_left),
    wrong("one round is missing", by_a_rounded_logarithm),
    wrong("by the same distance", always_one_back),
    wrong("grows 1, 2, 3", one_further_each_time),
    wrong("rest of the row", suffixes),
    wrong("without its own step", without_its_own),
    wrong("changed itself", changes_as_it_goes),
    wrong("nothing is merged", lambda cards, merge_all: list(cards)),
    wrong("the whole row", lambda c, m: rounds(c, m, powers(c))[-1:]),
    wrong("a round merges them two by two", not_cut),
]


def in_halves(cards, merge_all):
    """Pairs first, then the pairs: no round is lost, as both halves go together."""
    n = 1
    while n < len(cards):
        earlier, later = [], []
        for t, card in enumerate(cards):
            if t // n % 2:
                earlier.append(cards[t // n * n - 1])
                later.append(card)
        merged = iter(merge_all(earlier, later))
        cards = [next(merged) if t // n % 2 else c for t, c in enumerate(cards)]
        n += n
    return cards


RIGHT = [lambda cards, merge_all: rounds(cards, merge_all, powers(cards)), in_halves]


def INPUTS(generator):
    for length in (1, 2, 3, 4, 7, 16, 17):
        n_most = (length - 1).bit_length()
        yield dict(
            cards=[f"({i})" for i in range(length)], merge_all=Cards(n_most=n_most)
        )
        numbers = rand(length, 2, generator=generator).tolist()
        yield dict(cards=numbers, merge_all=Cards(_numbers, n_most))
