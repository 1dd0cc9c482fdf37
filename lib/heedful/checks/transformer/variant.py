"""Other numbers, another bug and other letters for exercises/05_transformer."""

from random import Random

MERGED = "mixed.transpose(1, 2).flatten(-2)"
# Other bugs than the notebook's: where each was, and what stands in place of what.
BUGS = (
    {
        "jsbaan/transformer-from-scratch (see its pull request 6)": (
            "reczoo/FuxiCTR (see its issue 30)"
        ),
        "jsbaan/transformer-from-scratch/pull/6": "reczoo/FuxiCTR/issues/30",
        "x.view(*x.shape[:2], n_heads, -1).transpose(1, 2)": (
            "x.view(x.size(0), n_heads, -1, x.size(-1) // n_heads)"
        ),
        "mixed.reshape(x.shape)": MERGED,
    },
    {
        "jsbaan/transformer-from-scratch (see its pull request 6)": (
            "opendilab/DI-engine (see its issue 333)"
        ),
        "jsbaan/transformer-from-scratch/pull/6": "opendilab/DI-engine/issues/333",
        "scores = scores.masked_fill(~mask, -torch.inf)": (
            "scores.masked_fill(~mask, -torch.inf)"
        ),
        "mixed.reshape(x.shape)": MERGED,
    },
    {
        "jsbaan/transformer-from-scratch (see its pull request 6)": (
            "hyunwoongko/transformer (see its issue 10)"
        ),
        "jsbaan/transformer-from-scratch/pull/6": "hyunwoongko/transformer/issues/10",
        "scores.masked_fill(~mask, -torch.inf)": "scores.masked_fill(~mask, -1e-12)",
        "mixed.reshape(x.shape)": MERGED,
    },
)
LETTERS = (("acegnost", "stage"), ("adehlnrt", "learn"), ("aeiklnps", "speak"))


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    s = random.choice((5, 7, 8, 9))  # not 6, as in the notebook
    t = random.choice([n for n in range(5, 10) if n != s])
    s_padding, t_padding = random.choice((1, 2, 3)), random.choice((2, 3))
    real_s, real_t = s - s_padding, t - t_padding
    rows = [min(i, real_t) for i in range(1, t + 1)]
    letters, word = random.choice(LETTERS)
    return {
        "6 positions, the last 2": f"{s} positions, the last {s_padding}",
        "7 positions, the last 2": f"{t} positions, the last {t_padding}",
        "my_visible, 6, 2, 7, 2": f"my_visible, {s}, {s_padding}, {t}, {t_padding}",
        "encoder = 6 * 4": f"encoder = {s} * {real_s}",
        "1 + 2 + 3 + 4 + 5 + 5 + 5": " + ".join(map(str, rows)),
        "across = 7 * 4": f"across = {t} * {real_s}",
        **random.choice(BUGS),
        "abcdefgh": letters,
        "badge": word,
        "egdab": word[::-1],
    }
