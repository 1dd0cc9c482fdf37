"""Other numbers and another bug for exercises/01_before_2017."""

from random import Random

from heedful.nets.scan import scan_rounds

# Another bug than the notebook's: where it was, and what stands in place of what.
BUG = {
    "ddbourgin/numpy-ml (see its issue 42)": (
        "MartinuzziFrancesco/torchrecurrent (see its issue 22)"
    ),
    "ddbourgin/numpy-ml/issues/42": "MartinuzziFrancesco/torchrecurrent/issues/22",
    "memory = f * c + i * g": "memory = f * c + (i + g)",
    "z @ W[FORGET] + b[OUTPUT]": "z @ W[FORGET] + b[FORGET]",
    "z @ W[INPUT] + b[OUTPUT]": "z @ W[INPUT] + b[INPUT]",
}
DILATIONS = ([1, 3, 7], [2, 3, 9], [1, 4, 6])
MEMORIES = ([2, -4, 1], [-1, 3, 5], [4, -3, 2])


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    t = random.choice((50, 70, 200, 300, 600))
    deep, high = random.choice((2, 4, 6)), random.choice((3, 7, 8))
    return {
        "a text of 100 positions": f"a text of {t} positions",
        "RNN of 3 layers": f"RNN of {deep} layers",
        "convolutional network of 5 layers": f"convolutional network of {high} layers",
        "my_waits, 100, 3, 5": f"my_waits, {t}, {deep}, {high}",
        "rnn = 100": f"rnn = {t}",
        "deep_rnn = 100 + 3 - 1": f"deep_rnn = {t} + {deep} - 1",
        "scan = 7  # 2 ** 7 = 128": (
            f"scan = {scan_rounds(t)}  # 2 ** {scan_rounds(t)} = {2 ** scan_rounds(t)}"
        ),
        "cnn = 5": f"cnn = {high}",
        "DILATIONS = [1, 5, 6]": f"DILATIONS = {random.choice(DILATIONS)}",
        "np.array([1, -2, 3])": f"np.array({random.choice(MEMORIES)})",
        **BUG,
    }
