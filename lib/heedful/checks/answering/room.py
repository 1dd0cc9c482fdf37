"""The exercise by hand: how many passes an answer takes, and what the cache holds."""

from collections.abc import Callable

from heedful.checks import ByHand

Count = Callable[[int, int], int]


def _read(n_prompt: int, n_answer: int) -> int:
    """All tokens but the last one written, which no pass takes in."""
    return n_prompt + n_answer - 1


def _counts(
    passes: Count = lambda n_prompt, n_answer: n_answer,
    kept: Count = _read,
    token: Callable[[int, int, int, int, int], int] = (
        lambda layers, heads, kv_heads, d_head, size: (
            2 * layers * kv_heads * d_head * size
        )
    ),
) -> Callable[..., list[int]]:
    """Passes, tokens in the cache at the end, and the bytes that these take."""

    def counts(n_prompt: int, n_answer: int, *sizes: int) -> list[int]:
        in_cache = kept(n_prompt, n_answer)
        return [passes(n_prompt, n_answer), in_cache, in_cache * token(*sizes)]

    return counts


_LAST = (
    "the last token of the answer is written, and then all is done: no pass reads it, "
    "so the cache holds no key and no value of it"
)
_PREFILL = "the prompt is read in one pass (prefill), all of its tokens at once"
_BOTH = "both are in the cache, the prompt and what was written (and read again) behind"

check_room = ByHand(
    name="room",
    separate=True,
    hints=(
        "Draw the passes of the figure in section 'The pause and the typing'. What "
        "goes into each, and what comes out?",
        "Each pass gives one token out, the first pass as well. Each token that goes "
        "*into* a pass leaves its keys and values in the cache.",
        "Per token: a key and a value, in every layer, for every key-value head, of "
        "so many numbers of so many bytes.",
    ),
    right=_counts(),
    mistakes=(
        (
            "the answer is not written in one pass: a pass gives one token out, and "
            "the next pass reads it",
            _counts(passes=lambda n_prompt, n_answer: 1),
        ),
        (
            "prefill gives a token out, too: its last logits say what the answer "
            "begins with, so it is not a pass more",
            _counts(passes=lambda n_prompt, n_answer: n_answer + 1),
        ),
        (_LAST, _counts(lambda n_prompt, n_answer: n_answer + 1, lambda p, a: p + a)),
        (
            "prefill gives the first token and each further pass one more: count the "
            "tokens that come out",
            _counts(passes=lambda n_prompt, n_answer: n_answer - 1),
        ),
        (_PREFILL, _counts(passes=_read)),
        (_PREFILL, _counts(passes=lambda n_prompt, n_answer: n_prompt + n_answer)),
        (_BOTH, _counts(kept=lambda n_prompt, n_answer: n_prompt)),
        (_BOTH, _counts(kept=lambda n_prompt, n_answer: n_answer)),
        (_BOTH, _counts(kept=lambda n_prompt, n_answer: n_answer - 1)),
        (
            "a token leaves two things in each layer, a key and a value: the factor 2 "
            "is missing",
            _counts(token=lambda n, h, kv, d, size: n * kv * d * size),
        ),
        (
            "the cache holds keys and values of the key-value heads, which groups of "
            "query heads share; queries are not kept",
            _counts(token=lambda n, h, kv, d, size: 2 * n * h * d * size),
        ),
        (
            "every layer has keys and values of its own: the number of layers is "
            "missing",
            _counts(token=lambda n, h, kv, d, size: 2 * kv * d * size),
        ),
        (
            "every key-value head has a key and a value of its own: their number is "
            "missing",
            _counts(token=lambda n, h, kv, d, size: 2 * n * d * size),
        ),
        (
            "these are numbers, not bytes: each number takes several",
            _counts(token=lambda n, h, kv, d, size: 2 * n * kv * d),
        ),
        (
            "these are bits; a byte has eight of them",
            _counts(token=lambda n, h, kv, d, size: 16 * n * kv * d * size),
        ),
        (
            "these are the bytes of one token; the cache holds many",
            lambda p, a, n, h, kv, d, size: [0, 0, 2 * n * kv * d * size],
        ),
    ),
)
