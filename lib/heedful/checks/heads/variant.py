"""Other numbers, other tokens and another bug for exercises/03_heads."""

from random import Random

from heedful.checks.heads.cache import Sizes

SOURCE = (
    "[fkodom/grouped-query-attention-pytorch (see its issue 5)]"
    "(https://github.com/fkodom/grouped-query-attention-pytorch/issues/5)"
)
STORY = (
    "Its unit tests did not notice, and other projects copied the line. (There, the "
    "rest of the layer was built for K mixtures; here they are repeated, so that even "
    "the shape is right.)"
)
CODE = """\
groups = q.unflatten(1, (k.size(1), -1))  # (B, K, H / K, T, Dh)
    scores = torch.einsum("bkgtd,bksd->bkts", groups, k) / q.size(-1) ** 0.5
    mixed = scores.softmax(dim=-1) @ v
    return mixed.repeat_interleave(groups.size(2), dim=1)"""
# Other bugs than the notebook's: where each was, and what stands in place of what.
BUGS = (
    {
        SOURCE: (
            "[ekzhang/jax-js (see its pull request 180)]"
            "(https://github.com/ekzhang/jax-js/pull/180)"
        ),
        STORY: "Whoever repaired it remarked that it had not been tested well enough.",
        CODE: """\
n_rep = q.size(1) // k.size(1)
    k, v = k.repeat(1, n_rep, 1, 1), v.repeat(1, n_rep, 1, 1)
    return attend(q, k, v)""",
    },
    {
        SOURCE: (
            "[PSAL-POSTECH/ONNXim (see its issue 33)]"
            "(https://github.com/PSAL-POSTECH/ONNXim/issues/33)"
        ),
        STORY: "With the sizes of one model it crashed, with others it did not.",
        CODE: """\
n_kv, heads = k.size(1), range(q.size(1))
    mixed = [attend(q[:, h], k[:, h // n_kv], v[:, h // n_kv]) for h in heads]
    return torch.stack(mixed, dim=1)""",
    },
)
# In each of these, different mistakes lead to different numbers.
SIZES = (
    Sizes(7, 48, 12, 4),
    Sizes(3, 96, 12, 4),
    Sizes(6, 60, 15, 3),
    Sizes(5, 40, 20, 4),
)


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    sizes = random.choice(SIZES)
    n_layers, d_model, n_heads, n_kv_heads = sizes
    a, b, c = random.sample(range(2, 10), 3)
    return {
        "5 layers, is 48 numbers wide": f"{n_layers} layers, is {d_model} numbers wide",
        "12 heads, which share 3": f"{n_heads} heads, which share {n_kv_heads}",
        "my_cache, 5, 48, 12, 3": f"my_cache, {', '.join(map(str, sizes))}",
        "tables = 12": f"tables = {n_heads}",
        "2 * 48 * 48 + 2 * 48 * 12": (
            f"2 * {d_model} * {d_model} + 2 * {d_model} * {sizes.d_kv}"
        ),
        "5 * 2 * 3 * 4 * 4": f"{n_layers} * 2 * {n_kv_heads} * {sizes.d_head} * 4",
        "times = 12 / 3": f"times = {n_heads} / {n_kv_heads}",
        "[5, 3, 8, 5, 3, 5, 8]": str([a, b, c, a, b, a, c]),
        **random.choice(BUGS),
    }
