"""Other texts, another bug and another player for exercises/06_pretraining."""

from random import Random

Tokens = tuple[str, ...]

# Texts with one Greek letter, and how two players cut them.
TEXTS = (
    (("λ", " =", " 0", ".", "25"), ("λ =", " 0", ".25")),
    (("2", " *", " π", " *", " r"), ("2 *", " π *", " r")),
    (("Σ", " ", "+=", " x"), ("Σ +", "= x")),
)
LOOP = """    model.zero_grad()
    for tokens, goal in parts:
        loss = token_loss(model(tokens), goal)
        (loss / len(parts)).backward()"""
SOURCE = "huggingface/transformers, issue 24725](https://github.com/huggingface/transformers/issues/24725"
# Other bugs than the notebook's: where each was, and what stands in place of the loop.
BUGS = (
    {
        SOURCE: "pytorch/torchtitan, pull request 3575](https://github.com/pytorch/torchtitan/pull/3575",
        LOOP: """    n = sum((goal != PAD_ID).sum() for _, goal in parts)
    for tokens, goal in parts:
        model.zero_grad()
        loss = token_loss(model(tokens), goal)
        (loss * (goal != PAD_ID).sum() / n).backward()""",
    },
    {
        SOURCE: "NVIDIA-NeMo/Automodel, issue 3829](https://github.com/NVIDIA-NeMo/Automodel/issues/3829",
        LOOP: """    model.zero_grad()
    for tokens, goal in parts:
        loss = token_loss(model(tokens), goal)
        loss.backward()""",
    },
)


def _prices(random: Random, first: Tokens, second: Tokens) -> tuple[list[int], ...]:
    """Bits for each token. By token the second player is dearer, by byte cheaper."""
    while True:
        one, two = ([random.randint(1, 7) for _ in side] for side in (first, second))
        by_token = sum(two) / len(two) - sum(one) / len(one)
        if sum(two) < sum(one) and by_token > 0.1 and len({*one}) > 1 < len({*two}):
            return one, two


def _guesses(tokens: Tokens, bits: list[int]) -> str:
    pairs = (f'("{token}", 1 / {2**n})' for token, n in zip(tokens, bits))
    return f"[{', '.join(pairs)}]"


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    first, second = random.choice(TEXTS)
    one, two = _prices(random, first, second)
    text = "".join(first)
    answer = [
        f"{sum(bits)} / {n}"
        for bits in (one, two)
        for n in (len(bits), len(text.encode()))
    ]
    return {
        'TEXT = "π = 3.1"': f'TEXT = "{text}"',
        '[("π", 1 / 64), (" =", 1 / 2), (" 3", 1 / 8), (".", 1 / 2), ("1", 1 / 2)]': (
            _guesses(first, one)
        ),
        '[("π =", 1 / 8), (" 3", 1 / 16), (".1", 1 / 2)]': _guesses(second, two),
        "[12 / 5, 12 / 8, 8 / 3, 8 / 8]": f"[{', '.join(answer)}]",
        **random.choice(BUGS),
    }
