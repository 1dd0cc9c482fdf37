"""The exercise on the parallel scan: all cards in as few rounds as doubling needs."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

from torch import Generator, rand, randint

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets.scan import scan_rounds


def _numbers(first: list[float], then: list[float]) -> list[float]:
    """Two cards [a, b] as one."""
    return [then[0] * first[0], then[0] * first[1] + then[1]]


def _letters(first: str, then: str) -> str:
    return first + then


class Cards:
    """Merges cards, two by two, and counts the rounds that this takes.

    `merge_all(earlier, later)` takes two lists of the same length and returns the list
    of `earlier[i]` and `later[i]` as one card. `n_most` rounds are allowed.
    """

    def __init__(self, pair: Callable[[Any, Any], Any] = _letters, n_most: int = 99):
        self.pair, self.n_most, self.n_rounds = pair, n_most, 0

    def __call__(self, earlier: list, later: list) -> list:
        """One round. Raises `ValueError` for lists of two lengths, or a round more."""
        if len(earlier) != len(later):
            raise ValueError(
                f"{len(earlier)} earlier cards and {len(later)} later ones: a round "
                "merges them two by two"
            )
        if self.n_rounds == self.n_most:
            enough = "1 round is" if self.n_most == 1 else f"{self.n_most} rounds are"
            raise ValueError(
                f"{enough} enough here and this is one more. Each call is a round: "
                "merge in one call all that need not wait for each other, and let each "
                "round double how many steps a card does the work of"
            )
        self.n_rounds += 1
        return [self.pair(*two) for two in zip(earlier, later)]


def scan(cards: list, merge_all: Cards) -> list:
    """The right answer, one card after the other."""
    return [*accumulate(cards, merge_all.pair)]


def _doubled(
    after: Callable[[int], int] = lambda n: 2 * n,
    enough: Callable[[int], int] = scan_rounds,
    swapped: bool = False,
) -> Callable[[list, Cards], list]:
    """Rounds that reach back 1, 2, 4, ... or otherwise."""

    def doubled(cards: list, merge_all: Cards) -> list:
        n = 1
        for _ in range(enough(len(cards))):
            pairs = zip(cards[:-n], cards[n:])
            if swapped:
                merged = [merge_all.pair(then, first) for first, then in pairs]
            else:
                merged = [merge_all.pair(first, then) for first, then in pairs]
            cards = [*cards[:n], *merged]
            n = after(n)
        return cards

    return doubled


def _dropped(also_when_none_is_left: bool) -> Callable[[list, Cards], list]:
    """Rounds that give back the merged cards alone."""

    def dropped(cards: list, merge_all: Cards) -> list:
        for r in range(scan_rounds(len(cards))):
            n = 2**r
            if n < len(cards) or also_when_none_is_left:
                pairs = zip(cards[:-n], cards[n:])
                cards = [merge_all.pair(first, then) for first, then in pairs]
        return cards

    return dropped


def _in_place(cards: list, merge_all: Cards) -> list:
    """Goes on with cards that this same round has changed already."""
    cards, n = [*cards], 1
    while n < len(cards):
        for t in range(n, len(cards)):
            cards[t] = merge_all.pair(cards[t - n], cards[t])
        n *= 2
    return cards


def _from_the_end(cards: list, merge_all: Cards) -> list:
    turned = accumulate(cards[::-1], lambda later, card: merge_all.pair(card, later))
    return [*turned][::-1]


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Letters show who was merged with whom; the last cards are numbers."""
    for length in (5, 2, 1, 8, 13):
        start = randint(0, 26 - length + 1, (), generator=generator).item()
        cards = [chr(97 + int(start) + i) for i in range(length)]
        yield dict(cards=cards, merge_all=Cards(n_most=scan_rounds(length)))
    numbers = rand(11, 2, generator=generator).tolist()
    yield dict(cards=numbers, merge_all=Cards(_numbers, scan_rounds(11)))


_LOST = "the first n cards of each round are lost; they are done and must be kept"

check_scan = Task(
    name="scan",
    right=scan,
    cases=_cases,
    compared="every card, in as few rounds as possible",
    hints=(
        "Look at the chapter's drawing of the three rounds: how far to the left does "
        "each arrow of round 1 reach, of round 2, of round 3?",
        "In the round that reaches back n, card t is merged with card t - n, and the "
        "first n cards stay as they are: they are done.",
        "`cards = cards[:n] + merge_all(cards[:-n], cards[n:])`, then n is doubled, "
        "as long as n is less than the number of cards.",
    ),
    mistakes=(
        (
            "the order is swapped: the card from further left is the earlier one and "
            "comes first",
            _doubled(swapped=True),
        ),
        ("nothing is merged", lambda cards, merge_all: cards),
        (
            "one round is missing: the last cards do not reach back to the first step",
            _doubled(enough=lambda length: scan_rounds(length) - 1),
        ),
        (
            "each round reaches back by the same distance. After a round each card "
            "does the work of twice as many steps, so the next must reach twice as far",
            _doubled(after=lambda n: n),
        ),
        (
            "the reach grows 1, 2, 3, ... and steps are worked twice: after a round of "
            "reach n a card holds twice as many steps, so double n",
            _doubled(after=lambda n: n + 1),
        ),
        (_LOST, _dropped(False)),
        (_LOST, _dropped(True)),
        (
            "steps are worked twice, since a round uses cards that it has changed "
            "itself: all merges of a round start from the cards of the round before",
            _in_place,
        ),
        (
            "only the card for the whole row is returned; return one for each place",
            lambda cards, merge_all: [scan(cards, merge_all)[-1]],
        ),
        (
            "only the card for the whole row is returned; return one for each place",
            lambda cards, merge_all: scan(cards, merge_all)[-1],
        ),
        (
            "each card holds the rest of the row; it should hold the row *up to* its "
            "own place",
            _from_the_end,
        ),
        (
            "each card holds what came before its place, without its own step",
            lambda cards, merge_all: [cards[0], *scan(cards, merge_all)[:-1]],
        ),
    ),
)
