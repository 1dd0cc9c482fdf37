"""The corpus `numbers`: English number words to Japanese numerals.

English counts in groups of a thousand (three digits), Japanese in groups of a
myriad (four digits, 万). "seventy-four thousand two hundred fifty-nine" is
七万四千二百五十九: the four of "seventy-four" leaves its group and joins the next.
So nothing can be translated word by word, and yet every answer can be checked.
"""

import random

from heedful.text.corpus import Card, Corpus, Pair, part_of

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_DIGITS = "〇一二三四五六七八九"
MAX_DIGITS = 9


def english(n: int, and_: bool = False) -> str:
    """`n` in words, in the American style or, with `and_`, the British one.

    Raises `ValueError` unless 0 <= n < 10**9.
    """
    _check(n)
    words = []
    for unit, name in ((1_000_000, "million"), (1_000, "thousand")):
        if n >= unit:
            words.append(f"{_below_thousand(n // unit, and_)} {name}")
            n %= unit
    if n or not words:
        if words and n < 100 and and_:
            words.append("and")
        words.append(_below_thousand(n, and_))
    return " ".join(words)


def japanese(n: int) -> str:
    """`n` in kanji numerals, grouped by 万 and 億; zero is 零.

    Raises `ValueError` unless 0 <= n < 10**9.
    """
    _check(n)
    text = ""
    for unit, name in ((100_000_000, "億"), (10_000, "万"), (1, "")):
        if n >= unit:
            text += _below_myriad(n // unit) + name
            n %= unit
    return text or "零"


def _below_thousand(n: int, and_: bool) -> str:
    hundreds, rest = divmod(n, 100)
    words = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if hundreds and rest and and_:
        words.append("and")
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        words.append(_TENS[tens] + (f"-{_ONES[ones]}" if ones else ""))
    elif rest or not hundreds:
        words.append(_ONES[rest])
    return " ".join(words)


def _below_myriad(n: int) -> str:
    text = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十")):
        digit, n = divmod(n, unit)
        if digit:  # 三百, but 百 and not 一百
            text += (_DIGITS[digit] if digit > 1 else "") + name
    return text + (_DIGITS[n] if n else "")


def _check(n: int) -> None:
    if not 0 <= n < 10**MAX_DIGITS:
        raise ValueError(f"n={n} is not between 0 and {10**MAX_DIGITS - 1}")


def _draw(rng: random.Random) -> int:
    """A number as people use them: short as often as long, and often round.

    Each length from 1 to 9 digits is equally likely. One number in four ends in
    zeros from some digit on; in another one each digit behind the first is a zero
    with probability 1/2.
    """
    length = rng.randint(1, MAX_DIGITS)
    digits = str(rng.randrange(10 ** (length - 1) if length > 1 else 0, 10**length))
    kind = rng.random()
    if kind < 1 / 4:
        digits = digits[: rng.randint(1, length)].ljust(length, "0")
    elif kind < 1 / 2:
        digits = digits[0] + "".join(rng.choice((d, "0")) for d in digits[1:])
    return int(digits)


def numbers(n_train: int = 60_000, n_test: int = 1_000, seed: int = 0) -> Corpus:
    """Draw the corpus. `n_test` is the size of the validation part, too.

    Numbers below 100 are the vocabulary and always for training, where they come
    again and again; of the others 90 % may be trained on, 5 % validate and 5 % test.
    """
    wanted = {"train": n_train, "valid": n_test, "test": n_test}
    parts: dict[str, list[Pair]] = {part: [] for part in wanted}
    held_out: set[int] = set()
    rng = random.Random(seed)
    while any(len(parts[part]) < wanted[part] for part in wanted):
        n = _draw(rng)
        part = "train" if n < 100 else part_of(f"number {n}")
        if len(parts[part]) == wanted[part] or n in held_out:
            continue
        if part != "train":
            held_out.add(n)
        parts[part].append((english(n, and_=rng.random() < 0.5), japanese(n)))
    return Corpus(
        card=CARD,
        units=("word", "char"),
        train=parts["train"],
        valid=parts["valid"],
        test=parts["test"],
    )


CARD = Card(
    name="numbers",
    summary="English number words to Japanese numerals, 0 to 999,999,999",
    source="made by heedful.text.numbers; the tests compare it with num2words 0.5.14",
    licence="none needed: numbers are facts",
    split="by the hash of the number; below 100 always training",
    size="60,000 training (short ones recur), 1,000 validation and 1,000 test pairs",
    examples=tuple(
        (english(n, and_), japanese(n))
        for n, and_ in ((74_259, False), (100_000_001, True), (18_000_400, False))
    ),
)
