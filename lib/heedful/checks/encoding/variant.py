"""Another word, another bug and another vocabulary for exercises/04_encoding."""

from random import Random

from heedful.checks.encoding.cutting import pieces_by_hand

# For each, every mistake that the check knows would end in other pieces.
WORDS = (
    ("barbarian", "a+r ar+i i+a b+ar b+a a+n"),
    ("senseless", "l+e s+e n+s s+s se+ns le+s se+n"),
    ("referrer", "e+r er+r r+er err+er f+er r+e"),
)
SAME_BUG_IN_THE_OTHER_DIRECTION = {
    "huggingface/transformers (see its issue 47328)": (
        "raiyanyahya/how-to-train-your-gpt (see its issue 6)"
    ),
    "huggingface/transformers/issues/47328": (
        "raiyanyahya/how-to-train-your-gpt/issues/6"
    ),
    "angles = np.concatenate([angles, angles], axis=-1)": (
        "angles = np.repeat(angles, 2, axis=-1)"
    ),
    "quarter = np.stack([-x[:, 1::2], x[:, 0::2]], axis=-1).reshape(x.shape)": (
        "quarter = np.concatenate([-x[:, x.shape[1] // 2 :], "
        "x[:, : x.shape[1] // 2]], axis=-1)"
    ),
}


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    word, joints = random.choice(WORDS)
    pieces = ", ".join(f'"{piece}"' for piece in pieces_by_hand(word, joints))
    return {
        "mississippi": word,
        "p+p i+s p+i p+pi s+i s+is": joints,
        '"m", "is", "sis", "si", "pp", "i"': pieces,
        "765": str(random.randrange(650, 1150)),
        **SAME_BUG_IN_THE_OTHER_DIRECTION,
    }
