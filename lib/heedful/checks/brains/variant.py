"""Other numbers and other bugs for exercises/10_brains."""

from random import Random

from heedful.checks.brains.bucket import course

PULSES = (
    [0.2, 0.8, 0.9, 0.8, 0.0, 0.8, 0.3],
    [0.4, 0.0, 0.9, 0.7, 0.3, 0.9, 0.3],
    [0.6, 0.5, 0.6, 0.0, 0.9, 0.6, 0.8],
    [0.8, 0.0, 0.8, 0.2, 0.6, 0.6, 0.7],
)
LOOP = """    for step in range(gap + 1):
        near = held + step
        train[near[near < n]] = False"""
# Other bugs than the notebook's: where each was, and what stands in place of the loop.
BUGS = (
    (
        "HKUDS/Vibe-Trading (see its pull request 1204)",
        "HKUDS/Vibe-Trading/pull/1204",
        """    first, last = held.min() - gap, held.max() + gap
    train[max(first, 0) : last + 1] = False""",
    ),
    (
        "Open-Quant/openquant (see its pull request 27)",
        "Open-Quant/openquant/pull/27",
        """    ends = held  # where what begins at each moment ends
    for first, last in zip(held, ends):
        train[first : last + 1] = False""",
    ),
    (
        "nicholas-roy/psytrack (see its issue 5)",
        "nicholas-roy/psytrack/issues/5",
        """    for step in range(-gap, gap + 1):
        near = held + step
        train[near[near < n]] = False""",
    ),
)


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    pulses = random.choice(PULSES)
    place, link, lines = random.choice(BUGS)
    second, gap = random.choice(range(150, 400, 50)), random.choice((6, 8, 12, 15))
    return {
        "[0.8, 0.3, 0.8, 0.8, 0.0, 0.4, 0.7]": str(pulses),
        "[0.8, 0.7, 0.0, 0.8, 0.4, 0.6, 0.0]": str(
            [round(v, 3) for v in course(pulses)]
        ),
        "3.8": f"{sum(pulses):.1f}",
        "hudson-and-thames/mlfinlab (see its issue 295)": place,
        "hudson-and-thames/mlfinlab/issues/295": link,
        LOOP: lines,
        "250 to 274": f"{second} to {second + 24}",
        "torch.arange(250, 275)": f"torch.arange({second}, {second + 25})",
        "a gap of 10.": f"a gap of {gap}.",
        "GAP = 10": f"GAP = {gap}",
    }
