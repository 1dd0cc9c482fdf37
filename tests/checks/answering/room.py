from heedful.checks.answering import check_room

from ..specimens import UNKNOWN, wrong

GIVEN = (90, 11, 30, 9, 3, 64, 4)
TOKEN = 46_080


def said(*numbers, given=GIVEN):
    return lambda: list(numbers), *given


def played_through():
    """Pass by pass: what goes in leaves a key and a value of each kind."""
    unread, written, passes, cache = 90, 0, 0, []
    while written < 11:
        for _ in range(unread):
            cache += [(layer, head) for layer in range(30) for head in range(3)]
        passes, written, unread = passes + 1, written + 1, 1
    return passes, len(cache) // 30 // 3, len(cache) * (64 + 64) * 4


CHECK = check_room

WRONG = [
    wrong("prefill gives a token out, too", said(12, 100, 100 * TOKEN)),
    wrong("the last token of the answer", said(12, 101, 101 * TOKEN)),
    wrong("the last token of the answer", said(11, 101, 101 * TOKEN)),
    wrong("not written in one pass", said(1, 100, 100 * TOKEN)),
    wrong("not written in one pass", said(1, 101, 101 * TOKEN)),
    wrong("count the tokens that come out", said(10, 100, 100 * TOKEN)),
    wrong("the prompt is read in one pass", said(100, 100, 100 * TOKEN)),
    wrong("the prompt is read in one pass", said(101, 100, 100 * TOKEN)),
    wrong("both are in the cache", said(11, 90, 90 * TOKEN)),
    wrong("both are in the cache", said(11, 11, 11 * TOKEN)),
    wrong("both are in the cache", said(11, 10, 10 * TOKEN)),
    wrong("the factor 2 is missing", said(11, 100, 2_304_000)),
    wrong("queries are not kept", said(11, 100, 13_824_000)),
    wrong("every layer has", said(11, 100, 153_600)),
    wrong("every key-value head has", said(11, 100, 1_536_000)),
    wrong("numbers, not bytes", said(11, 100, 1_152_000)),
    wrong("these are bits", said(11, 100, 8 * 100 * TOKEN)),
    wrong("the bytes of one token", said(11, 100, TOKEN)),
    wrong("prefill gives a token out, too", said(12, 101, 13_824_000)),
    wrong("the prompt is read in one pass", said(101, 101, 101 * TOKEN)),
    wrong("has 2 entries, expected 3", said(11, 100)),
    wrong(UNKNOWN, said(11, 99, 7)),
]

RIGHT = [
    (played_through, *GIVEN),
    said(11, 100, 4.608e6),
    said(8, 200, 7_680_000, given=(193, 8, 12, 8, 4, 100, 4)),
]
