import numpy as np
import torch

from heedful.checks.encoding import check_turned

from ..specimens import wrong


def angles(x, positions, base, factor=1.0):
    d = x.shape[-1]
    return positions[:, None] / base ** (factor * np.arange(0, d, 2) / d)


def halves(x, angle):
    a, b = x[:, : x.shape[1] // 2], x[:, x.shape[1] // 2 :]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.hstack([a * cos - b * sin, a * sin + b * cos])


def half_angles_on_neighbours(x, positions, base):
    angle = np.tile(angles(x, positions, base), 2)
    quarter = np.empty_like(x)
    quarter[:, 0::2], quarter[:, 1::2] = -x[:, 1::2], x[:, 0::2]
    return x * np.cos(angle) + quarter * np.sin(angle)


def neighbour_angles_on_halves(x, positions, base):
    angle = angles(x, positions, base).repeat(2, axis=1)
    a, b = np.hsplit(x, 2)
    return x * np.cos(angle) + np.hstack([-b, a]) * np.sin(angle)


def neighbours(x, positions, base):
    angle = angles(x, positions, base)
    out = np.zeros_like(x)
    out[:, 0::2] = x[:, 0::2] * np.cos(angle) - x[:, 1::2] * np.sin(angle)
    out[:, 1::2] = x[:, 0::2] * np.sin(angle) + x[:, 1::2] * np.cos(angle)
    return out


def backwards(x, positions, base):
    return halves(x, -angles(x, positions, base))


def mirrored(x, positions, base):
    angle = np.tile(angles(x, positions, base), 2)
    a, b = np.hsplit(x, 2)
    return x * np.cos(angle) + np.hstack([b, a]) * np.sin(angle)


def two_minuses(x, positions, base):
    angle = np.tile(angles(x, positions, base), 2)
    a, b = np.hsplit(x, 2)
    return x * np.cos(angle) - np.hstack([b, a]) * np.sin(angle)


def in_place(x, positions, base):
    out, half = x.copy(), x.shape[1] // 2
    angle = angles(x, positions, base)
    cos, sin = np.cos(angle), np.sin(angle)
    out[:, :half] = out[:, :half] * cos - out[:, half:] * sin
    out[:, half:] = out[:, :half] * sin + out[:, half:] * cos
    return out


def untouched(x, positions, base):
    halves(x, angles(x, positions, base))
    return x


def counted_afresh(x, positions, base):
    return halves(x, angles(x, np.arange(x.shape[0]), base))


def from_one(x, positions, base):
    return halves(x, angles(x, 1 + positions, base))


def base_hard_coded(x, positions, base):
    return halves(x, angles(x, positions, 10_000))


def half_exponent(x, positions, base):
    return halves(x, angles(x, positions, base, 0.5))


def doubled_exponent(x, positions, base):
    return halves(x, angles(x, positions, base, 2.0))


def faster_and_faster(x, positions, base):
    return halves(x, angles(x, positions, base, -1.0))


def cosine_only(x, positions, base):
    return x * np.tile(np.cos(angles(x, positions, base)), 2)


def a_tensor(x, positions, base):
    return torch.from_numpy(halves(x, angles(x, positions, base)))


CHECK = check_turned

WRONG = [
    wrong("numbers 2i and 2i + 1 are turned together", half_angles_on_neighbours),
    wrong("numbers i and i + Dh / 2 are turned together", neighbour_angles_on_halves),
    wrong("as the paper does", neighbours),
    wrong("hands turn backwards", backwards),
    wrong("which is no rotation", mirrored),
    wrong("which is no rotation", two_minuses),
    wrong("keep the old a", in_place),
    wrong("nothing is turned", untouched),
    wrong("counted 0, 1, 2", counted_afresh),
    wrong("off by one", from_one),
    wrong("base is not used", base_hard_coded),
    wrong("exponent is -i / Dh", half_exponent),
    wrong("doubled once too often", doubled_exponent),
    wrong("wrong sign", faster_and_faster),
    wrong("only be scaled", cosine_only),
    wrong("return a NumPy array", a_tensor),
]


def by_halves(x, positions, base):
    return halves(x, angles(x, positions, base))


def by_complex_numbers(x, positions, base):
    half = x.shape[-1] // 2
    z = (x[:, :half] + 1j * x[:, half:]) * np.exp(1j * angles(x, positions, base))
    return np.hstack([z.real, z.imag])


def by_matrices(x, positions, base):
    """One matrix for each position: a block of two by two for each clock."""
    d = x.shape[1]
    out = np.empty_like(x)
    for t, angle in enumerate(angles(x, positions, base)):
        cos, sin = np.diag(np.cos(angle)), np.diag(np.sin(angle))
        out[t] = np.block([[cos, -sin], [sin, cos]]).reshape(d, d) @ x[t]
    return out


RIGHT = [by_halves, by_complex_numbers, by_matrices]


def INPUTS(generator):
    """One pair to eleven; places in any order, also 0."""
    for t, d, base in ((1, 2, 100.0), (7, 6, 13.0), (3, 22, 10_000.0)):
        x = torch.randn(t, d, generator=generator, dtype=torch.float64).numpy()
        positions = torch.randint(0, 500, (t,), generator=generator).numpy()
        yield dict(x=x, positions=positions, base=base)
