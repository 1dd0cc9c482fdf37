"""The exercise on what writing in capitals costs: predict, then measure."""

from heedful.checks import Prediction


def _suspicion(written: tuple[float], shouted: tuple[float]) -> str:
    """What measurements that cannot be true point at, or nothing."""
    (written_cost,), (shouted_cost,) = written, shouted
    if min(written_cost, shouted_cost) <= 0:
        return "a text of no tokens? Count what `tokenizer.encode` returns"
    if max(written_cost, shouted_cost) > 10:
        return "that is a number of tokens; divide it by the number of characters"
    if max(written_cost, shouted_cost) > 1:
        return (
            "more than one token per character? In English each character is one byte, "
            "and no token is less. Are tokens and characters the wrong way round, or "
            "did you divide by the number of words?"
        )
    if written_cost == shouted_cost:
        return "nothing changes in capitals: `text.upper()` returns a new text"
    if shouted_cost < written_cost:
        return "capitals are the cheaper ones: is the `if` the wrong way round?"
    if shouted_cost < 1.3 * written_cost:
        return (
            "that is too little for a text all in capitals: `text.title()` and "
            "`text.capitalize()` leave most letters small, `text.upper()` does not"
        )
    if written_cost > 0.6:
        return (
            "even as written nearly every letter is a token: was the text cut by "
            "`tokenizer`, as a whole?"
        )
    return ""


def _outcome(written: tuple[float], shouted: tuple[float]) -> str:
    times = shouted[0] / written[0]
    return "A" if times < 1.1 else "B" if times < 1.4 else "C"


check_capitals = Prediction(
    name="capitals",
    hints=(
        "`tokenizer.encode(text)` is a list with one number for each token.",
        "Put the text into capitals before it is cut, and only if asked to.",
        "`text = text.upper() if capitals else text`, then divide the two lengths.",
    ),
    options={
        "A": "about as many tokens (less than 1.1 times)",
        "B": "about a quarter more (1.1 to 1.4 times)",
        "C": "about half as many again, or more (1.4 times and up)",
    },
    conditions={"as written": (False,), "in capitals": (True,)},
    columns={"tokens per character": ".2f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
