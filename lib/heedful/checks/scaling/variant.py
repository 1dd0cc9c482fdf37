"""Other sizes, other losses and other bugs for exercises/09_scaling."""

from random import Random

from heedful.checks.scaling.cost import bill
from heedful.checks.scaling.offset import forecast

SIZES = ((12, 2, 32, 60), (10, 4, 28, 90), (20, 2, 50, 80))
LOSSES = ([2.4, 2.1, 1.9], [3.3, 2.6, 2.25], [2.9, 2.3, 2.0])
SOURCE = "huggingface/trl, issue 6708](https://github.com/huggingface/trl/issues/6708"
LINES = """    attention = 2 * 4 * D * D + 4 * T * D
    feed_forward = 2 * 3 * D * d_ff
    embedding = 2 * vocab_size * D
    output = 0 if tied else 2 * vocab_size * D"""
# Other bugs than the notebook's: where each was, and what stands in place of its lines.
BUGS = (
    (
        "pytorch/torchtitan, pull request 3225](https://github.com/pytorch/torchtitan/pull/3225",
        """    attention = 2 * 4 * D * D + 4 * T * D
    feed_forward = 2 * 3 * D * d_ff
    embedding = 0
    output = 0 if tied else 2 * vocab_size * D""",
    ),
    (
        "ByteDance-Seed/VeOmni, issue 703](https://github.com/ByteDance-Seed/VeOmni/issues/703",
        """    attention = 2 * 4 * D * D + 4 * T * D
    feed_forward = 2 * 3 * D * d_ff
    embedding = 2 * vocab_size * D
    output = 2 * vocab_size * D""",
    ),
    (
        "bigscience-workshop/Megatron-DeepSpeed, pull request 283](https://github.com/bigscience-workshop/Megatron-DeepSpeed/pull/283",
        """    attention = 2 * 4 * D * D + 4 * T * D
    feed_forward = 2 * 2 * D * d_ff
    embedding = 0
    output = 2 * vocab_size * D""",
    ),
    (
        "pytorch/torchtitan, pull request 4366](https://github.com/pytorch/torchtitan/pull/4366",
        """    attention = 2 * 4 * D * D + 2 * T * D
    feed_forward = 2 * 3 * D * d_ff
    embedding = 0
    output = 2 * vocab_size * D""",
    ),
)


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    sizes, losses = random.choice(SIZES), random.choice(LOSSES)
    tokens, times = random.choice((2_000, 3_000)), random.choice((5, 10))
    source, lines = random.choice(BUGS)
    return {
        "D, L, F_, V = 10, 3, 40, 100": f"D, L, F_, V = {', '.join(map(str, sizes))}",
        "TOKENS, TIMES = 1_000, 4": f"TOKENS, TIMES = {tokens:_}, {times}",
        "[6_870, 41_220_000, 250, 13_740_000]": str(
            [int(x) for x in bill(sizes, tokens, times)]
        ),
        "[3.0, 2.4, 2.1]": str(losses),
        "[1.8, 1.95, 1.84]": str([round(x, 3) for x in forecast(*losses)]),
        SOURCE: source,
        LINES: lines,
    }
