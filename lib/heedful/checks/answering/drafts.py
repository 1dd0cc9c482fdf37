"""The exercise on drafts: predict which guesses are kept, then measure it."""

from heedful.checks import Prediction

# As the notebook's cell has them: the largest share of P, and how often it is tried.
LIKELIEST, N = 0.3, 4000
Pair = tuple[float, float]


def _suspicion(drawn: Pair, likeliest: Pair) -> str:
    """What measurements that cannot be true point at, or nothing."""
    for kept, gap in (drawn, likeliest):
        if not (0 <= kept <= 1 and 0 <= gap <= 1):
            return f"shares lie between 0 and 1, but my_measure returned {kept, gap}"
    if drawn[0] < 0.1 and drawn[1] > 0.9:
        return "are the two swapped? First the share that is kept, then the gap"
    if likeliest[0] > 0.98 and drawn[0] < 0.9:
        return "is the `if` the wrong way round?"
    if drawn[0] < 0.98:
        return (
            "a guess drawn from a copy is always kept, p(x) / q(x) = 1: tell `verify` "
            "that q is P"
        )
    right_q = abs(likeliest[0] - LIKELIEST) < 0.1
    if drawn[1] > 0.1 or (likeliest[1] > 0.1 and right_q):
        return (
            "is everything counted that came out? Count the guess if it is kept, else "
            "the token that follows, and divide by N"
        )
    if likeliest[1] > 0.1:
        return (
            "what comes out is not P any more, so `verify` was told something untrue: "
            "a draft that always proposes one token has q = 1 there and 0 elsewhere"
        )
    if not right_q:
        return (
            "is the guess the likeliest token? It should be kept about as often as "
            "the large model would have drawn it"
        )
    if any(abs(gap * N - round(gap * N)) > 0.02 for _, gap in (drawn, likeliest)):
        return (
            "counts are whole numbers, and so is N P: the largest gap must be a whole "
            "number over N. Is this the mean of the gaps? Return the largest"
        )
    return ""


check_drafts = Prediction(
    name="two drafts",
    hints=(
        "Both rows of p are P: `verify(torch.stack([P, P]), [q], [x], generator)`. "
        "What are q and x for each way of guessing?",
        "Drawn: x from `torch.multinomial(P, 1, generator=generator)`, q = P. The "
        "likeliest: x = P.argmax(), and q is 1 at x, 0 elsewhere.",
        "`kept, following = verify(...)`; what came out is `x if kept else following`. "
        "Count it, and compare the shares with P.",
    ),
    options={
        "A": "the likeliest token is kept more often",
        "B": "both are kept equally often",
        "C": "the drawn token is kept more often",
    },
    conditions={"drawn": (False,), "the likeliest": (True,)},
    columns={"kept": ".2f", "largest gap to P": ".3f"},
    suspicion=_suspicion,
    outcome=lambda drawn, likeliest: "C",
)
