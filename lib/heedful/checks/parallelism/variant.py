"""Other sizes, another chip and other races for exercises/07_parallelism."""

from random import Random

from heedful.checks.parallelism.decode import bill

SHAPES = ((100, 300), (300, 100), (200, 200))
CHIPS = ((40_000, 1_000), (60_000, 2_000), (80_000, 4_000))
SOURCE = (
    "ROCm/composable_kernel, pull request 323]"
    "(https://github.com/ROCm/composable_kernel/pull/323"
)
LINES = """        yield WRITE, i, value
        yield BARRIER
        half = n // 2
        while half:
            if i < half:
                mine = yield READ, i
                other = yield READ, i + half
                yield WRITE, i, combine(mine, other)
            yield BARRIER
            half = half // 2
        result = yield READ, 0
        return result"""
# Other bugs than the notebook's: where each was, and what stands in place of its lines.
BUGS = (
    (
        "microsoft/onnxruntime, pull request 14475]"
        "(https://github.com/microsoft/onnxruntime/pull/14475",
        """        yield WRITE, i, value
        yield BARRIER
        half = n // 2
        while half:
            if i < half:
                mine = yield READ, i
                other = yield READ, i + half
                yield WRITE, i, combine(mine, other)
            half = half // 2
        yield BARRIER
        result = yield READ, 0
        yield BARRIER
        return result""",
    ),
    (
        "karpathy/llm.c, pull request 847](https://github.com/karpathy/llm.c/pull/847",
        """        yield WRITE, (i + 1) % n, 0.0
        yield WRITE, i, value
        yield BARRIER
        half = n // 2
        while half:
            if i < half:
                mine = yield READ, i
                other = yield READ, i + half
                yield WRITE, i, combine(mine, other)
            yield BARRIER
            half = half // 2
        result = yield READ, 0
        yield BARRIER
        return result""",
    ),
)


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    sizes = (*random.choice(SHAPES), random.choice((3, 4, 6, 8, 100)))
    peak, bandwidth = random.choice(CHIPS)
    row = random.sample((1.0, 1.5, 2.0, 2.5, 3.0), 4)
    source, lines = random.choice(BUGS)
    worked_out = bill(sizes, peak, bandwidth)
    return {
        "ROWS, COLUMNS, TEXTS = 100, 100, 5": (
            f"ROWS, COLUMNS, TEXTS = {', '.join(map(str, sizes))}"
        ),
        "PEAK, BANDWIDTH = 50_000, 2_000": (
            f"PEAK, BANDWIDTH = {peak:_}, {bandwidth:_}"
        ),
        '[100_000, 22_000, "memory", 11, 0.82]': str(
            [x if isinstance(x, str) else round(x, 3) for x in worked_out]
        ),
        "[1.0, 3.0, 2.0, 4.0]": str(row),
        SOURCE: source,
        LINES: lines,
    }
