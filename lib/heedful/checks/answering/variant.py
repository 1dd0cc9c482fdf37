"""Other numbers and another bug for exercises/08_answering."""

from random import Random

MLX_LM = (
    "[ml-explore/mlx-lm, pull request 93](https://github.com/ml-explore/mlx-lm/pull/93)"
)
STORY = (
    "Whoever repaired it noted that small models wrote garbage with it, and that the "
    "largest hardly seemed to mind"
)
NOTHING = "keys, values, out = m.embed[:0], m.embed[:0], []  # nothing is kept yet"
PLACES = "places = torch.arange(len(new))\n        x = m.embed[new] + m.places[places]"
# Other bugs than the notebook's: where each was, and what stands in place of what.
BUGS = (
    {
        STORY: "It was one of two that were repaired together",
        PLACES: (
            "x = m.embed[new]\n"
            "        if len(new) > 1:\n"
            "            x = x + m.places[len(keys) : len(keys) + len(new)]"
        ),
    },
    {
        MLX_LM: (
            "[lucidrains/rotary-embedding-torch, issue 11]"
            "(https://github.com/lucidrains/rotary-embedding-torch/issues/11)"
        ),
        STORY: "It came with something that was to save work",
        NOTHING: f"made = {{}}\n    {NOTHING}",
        PLACES: (
            "n, start = len(new), len(keys)\n"
            "        if n not in made:\n"
            "            made[n] = torch.arange(start, start + n)\n"
            "        x = m.embed[new] + m.places[made[n]]"
        ),
    },
)


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    n_answer = random.choice((8, 16, 21, 31))  # not 11, as in the notebook
    n_prompt = random.choice((100, 200, 500)) + 1 - n_answer
    layers, d_head = random.choice((12, 16, 32)), random.choice((50, 100))
    kv_heads = random.choice((3, 5))  # not 2 or 4, by which slips divide, too
    heads = kv_heads * random.choice((2, 4))
    sizes = (n_prompt, n_answer, layers, heads, kv_heads, d_head, 4)
    return {
        "a prompt of 90 tokens": f"a prompt of {n_prompt} tokens",
        "an answer of 11 tokens": f"an answer of {n_answer} tokens",
        "30 layers": f"{layers} layers",
        "9 query heads and 3 key-value heads": (
            f"{heads} query heads and {kv_heads} key-value heads"
        ),
        "64 numbers": f"{d_head} numbers",
        " These are the sizes of SmolLM2, which the chapter talks to.": "",
        "90, 11, 30, 9, 3, 64, 4": ", ".join(map(str, sizes)),
        "passes = 11": f"passes = {n_answer}",
        "90 + 11 - 1": f"{n_prompt} + {n_answer} - 1",
        "2 * 30 * 3 * 64 * 4": f"2 * {layers} * {kv_heads} * {d_head} * 4",
        **random.choice(BUGS),
    }
