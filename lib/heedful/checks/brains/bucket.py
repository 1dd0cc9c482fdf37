"""The exercise by hand: the potential of a leaky neuron, step after step."""

from collections.abc import Callable

from heedful.checks import ByHand

Step = Callable[[float, float], float]  # from the potential and the pulse to the next
THRESHOLD = 1 - 1e-9  # three tenths of a pulse and seven make 1, whatever floats say


def leak_then_gain(potential: float, pulse: float) -> float:
    """Half of it is lost, then the pulse is added."""
    return potential / 2 + pulse


def course(
    pulses: list[float],
    step: Step = leak_then_gain,
    after: Callable[[float], float] = lambda potential: 0.0,
) -> list[float]:
    """The potential after each step; `after` says what a spike makes of it."""
    potential, found = 0.0, []
    for pulse in pulses:
        potential = step(potential, pulse)
        if potential >= THRESHOLD:
            potential = after(potential)
        found.append(potential)
    return found


def _told_before_the_spike(pulses: list[float]) -> list[float]:
    before, potential = [], 0.0
    for pulse in pulses:
        potential = leak_then_gain(potential, pulse)
        before.append(potential)
        potential = 0.0 if potential >= THRESHOLD else potential
    return before


def _deaf_after_a_spike(pulses: list[float]) -> list[float]:
    found, deaf = [], False
    for pulse in pulses:
        potential = (found[-1] / 2 if found else 0.0) + (0.0 if deaf else pulse)
        deaf = potential >= THRESHOLD
        found.append(0.0 if deaf else potential)
    return found


check_bucket = ByHand(
    name="bucket",
    hints=(
        "Keep one number, the potential. In each step it does three things, in this "
        "order: leak, gain, and perhaps fire.",
        "Leak: halve it. Gain: add the pulse. Fire: if it is 1 or more now, write down "
        "0 and go on from 0.",
        "The first step has nothing to lose: the potential is the first pulse. In the "
        "second step half of that is left, and the second pulse is added to it.",
    ),
    right=course,
    mistakes=(
        (
            "nothing has leaked: in each step the neuron first loses half of what it "
            "has. A unit of a network would add up like this",
            lambda pulses: course(pulses, lambda v, pulse: v + pulse),
        ),
        (
            "this is the list of the pulses: what was there before is lost by half, "
            "not altogether",
            lambda pulses: course(pulses, lambda v, pulse: pulse),
        ),
        (
            "the new pulse has leaked, too: halve first, then add",
            lambda pulses: course(pulses, lambda v, pulse: (v + pulse) / 2),
        ),
        (
            "the neuron loses half of what it *has* in each step, and not a half each "
            "time",
            lambda pulses: course(pulses, lambda v, pulse: max(v - 0.5, 0) + pulse),
        ),
        (
            "after a spike it starts again from 0: the part above the threshold is "
            "lost as well",
            lambda pulses: course(pulses, after=lambda v: v - 1),
        ),
        (
            "a spike empties the neuron: it starts again from 0",
            lambda pulses: course(pulses, after=lambda v: v),
        ),
        (
            "it fires as soon as it *reaches* the threshold: 1 is enough",
            lambda pulses: course(pulses, after=lambda v: 0 if v > 1 + 1e-9 else v),
        ),
        (
            "where it fires, write 0: the spike is in the same step as the pulse that "
            "made it, and the potential *after* the step is asked for",
            _told_before_the_spike,
        ),
        (
            "right after a spike it listens again: the next pulse counts in full",
            _deaf_after_a_spike,
        ),
        (
            "say what is left after each step; you gave a 1 for a spike and a 0 for "
            "none",
            lambda pulses: [float(v == 0 < p) for v, p in zip(course(pulses), pulses)],
        ),
    ),
)
