"""Other numbers and another bug for exercises/02_attention."""

from random import Random

LABML = (
    "[labmlai/annotated_deep_learning_paper_implementations, issue 146]"
    "(https://github.com/labmlai/annotated_deep_learning_paper_implementations/issues/146)"
)
STORY = (
    "Whoever reported it had trained both versions, and the pictures they drew were "
    "equally good: a network learns around many bugs, so do not wait for the loss to "
    "tell you"
)
SCORES = "scores = q @ k.T / np.sqrt(q.shape[-1])"
SHARES = "powers / powers.sum(axis=0)"
ROWS = "powers / powers.sum(axis=-1, keepdims=True)"
# Other bugs than the notebook's: where each was, and what stands in place of what.
BUGS = (
    {
        LABML: (
            "[FrancescoSaverioZuppichini/ViT, issue 2]"
            "(https://github.com/FrancescoSaverioZuppichini/ViT/issues/2)"
        ),
        STORY: "It was reported three times, by readers who compared it with the paper",
        SCORES: "scores = q @ k.T",
        SHARES: f"{ROWS} / np.sqrt(q.shape[-1])",
    },
    {
        LABML: "[delzac/cntkx, issue 10](https://github.com/delzac/cntkx/issues/10)",
        STORY: "Its author repaired it on the day on which a reader asked about it",
        SCORES: "scores = q @ k.T / q.shape[-1]",
        SHARES: ROWS,
    },
)


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    scores = random.choice(([3, 1, 0], [1, 3, 0], [1, 0, 2], [0, 2, 1], [2, 0, 3]))
    values = random.sample([5, 6, 10, 12, 20], 3)
    powers = [2**score for score in scores]
    squares = [power**2 for power in powers]
    (a, b, c), (x, y, z) = scores, values
    return {
        "2, 1 and 0": f"{a}, {b} and {c}",
        "14, 0 and 7": f"{x}, {y} and {z}",
        "[2, 1, 0]": str(scores),
        "[14, 0, 7]": str(values),
        "[4, 2, 1]": str(powers),
        "16 / 21": f"{squares[0]} / {sum(squares)}",
        **random.choice(BUGS),
    }
