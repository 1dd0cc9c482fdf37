"""The exercise on the gradient: predict what is left of it after 50 steps back."""

import math

from heedful.checks import Prediction

STEPS = 50
Sizes = tuple[float]


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-3)


def _linear_suspicion(short: float, kept: float) -> str:
    """Without tanh every step multiplies the length by the radius, exactly."""
    want = 0.9**STEPS
    if _close(short, want) and _close(kept, 1):
        return ""
    if _close(short, kept):
        return "radius 0.9 and radius 1 give the same: is `radius` used?"
    if _close(short, want**2) and _close(kept, 1):
        return "this is the square of the length; take the root, or np.linalg.norm"
    if _close(short / kept, want):
        return "the vector must have length 1 when it sets out on its way back"
    if _close(kept, 1) and short > 0:
        n = round(math.log(short) / math.log(0.9))
        if _close(short, 0.9**n):
            return (
                f"{STEPS} steps back are {STEPS} factors; with radius 0.9 and no tanh "
                f"yours has {n}"
            )
    if kept < 1e-3:
        return "the slope of tanh is in there though with_tanh is False: it is 1 then"
    if kept > 1e3:
        return "without tanh the slope of every step is 1, and not 1 - h * h"
    return (
        "without tanh the orthogonal matrix keeps every length, times the radius: "
        f"after {STEPS} steps 1 must be left for radius 1"
    )


def _suspicion(short: Sizes, kept: Sizes, bent: Sizes, large: Sizes) -> str:
    """What measurements that cannot be true point at, or nothing."""
    for (size,) in (short, kept, bent, large):
        if not size >= 0 or math.isinf(size):
            return f"a length is 0 or more and finite, but my_measure returned {size}"
    if reason := _linear_suspicion(*short, *kept):
        return reason
    if _close(*bent, *kept):
        return (
            "tanh changes nothing: is its slope, 1 - h * h, in the product? And does h "
            "read the noise? (If h stays 0, every slope is 1)"
        )
    if bent[0] > 1e-8:
        return (
            "more is left than a tanh network can let through: its slope is 1 - h * h, "
            "where h is what tanh gave"
        )
    if bent[0] < 1e-13:
        return (
            "less is left than there should be: one factor 1 - h * h and one U for "
            "each step, no more"
        )
    if large[0] < bent[0]:
        return "a larger radius must let more through"
    return ""


check_gradient = Prediction(
    name="gradient",
    hints=(
        "Forwards: compute h step after step, and keep the slope of each step in a "
        "list. Backwards: take a vector of length 1 through the list from its end.",
        "One step back multiplies the gradient number by number by the slope, 1 - h * "
        "h or 1, and then by the matrix: `gradient = (gradient * slope) @ U`.",
        "`for slope in reversed(slopes): ...`, then `np.linalg.norm(gradient)`.",
    ),
    options={
        "A": "it arrives whole: between a half and 1 of it",
        "B": "it arrives weakened: between a millionth and a half of it",
        "C": "it does not arrive: less than a millionth is left",
    },
    conditions={
        "no tanh, radius 0.9": (0.9, False),
        "no tanh, radius 1.0": (1.0, False),
        "tanh, radius 1.0": (1.0, True),
        "tanh, radius 1.5": (1.5, True),
    },
    columns={"left after 50 steps": ".1e"},
    suspicion=_suspicion,
    outcome=lambda short, kept, bent, large: "C",
)
