import torch

from heedful.checks.scaling import check_operations
from heedful.nets import LanguageModelConfig
from heedful.scaling import training_flops

from ..specimens import UNKNOWN, wrong

CHECK = check_operations


def by_the_library(d_model, n_layers, d_ff, vocab_size, length, tied):
    config = LanguageModelConfig(
        d_model=2 * d_model,  # heads need an even width; halved again below
        n_layers=n_layers,
        n_heads=1,
        d_ff=d_ff,
        vocab_size=vocab_size,
        max_seq_len=length,
    )
    doubled = training_flops(config, n_new=length) // length
    return (doubled - 3 * n_layers * 2 * 4 * 2 * d_model**2) // 2  # D twice, D^2 four


def by_parameters(d_model, n_layers, d_ff, vocab_size, length, tied):
    """6 for each parameter that multiplies, and attention."""
    working = n_layers * d_model * (4 * d_model + 3 * d_ff) + vocab_size * d_model
    return 6 * working + 12 * n_layers * length * d_model


def product_by_product(d_model, n_layers, d_ff, vocab_size, length, tied):
    shapes = n_layers * (
        [(d_model, d_model)] * 4
        + [(d_model, d_ff), (d_model, d_ff), (d_ff, d_model)]
        + [(d_model, length), (length, d_model)]
    ) + [(d_model, vocab_size)]
    return torch.tensor(sum(rows * columns for rows, columns in shapes) * 2 * 3)


def parts(D, L, F, V, T, tied):
    """Operations of the way forward, by part."""
    return dict(
        squares=L * 2 * 4 * D * D,
        attention=L * 4 * T * D,
        feed_forward=L * 2 * 3 * D * F,
        output=2 * V * D,
    )


def changed(**factors):
    """Some of the parts too large or too small, by these factors."""

    def count(*sizes):
        there = parts(*sizes)
        return round(3 * sum(factors.get(key, 1) * x for key, x in there.items()))

    return count


def of_all_parameters(D, L, F, V, T, tied):
    kept = (1 if tied else 2) * V * D + L * (4 * D * D + 3 * D * F)
    return 6 * kept + 12 * L * T * D


def six_for_each(D, L, F, V, T, tied):
    embeddings = V * D * (2 - tied)
    return 6 * (embeddings + L * (D * (D + D + D + D + F + F + F) + D + D) + D)


def masked(D, L, F, V, T, tied):
    """On average a token looks back at (T + 1) / 2 keys, itself among them."""
    return by_parameters(D, L, F, V, 0, tied) + 6 * L * (T + 1) * D


def by_tying(D, L, F, V, T, tied):
    p = parts(D, L, F, V, T, tied)
    return 3 * (sum(p.values()) - (p["output"] if tied else 0))


def with_norms(D, L, F, V, T, tied):
    return 3 * (sum(parts(D, L, F, V, T, tied).values()) + 2 * (2 * L + 1) * D)


def attention_once(D, L, F, V, T, tied):
    return by_parameters(D, L, F, V, T, tied) - 12 * (L - 1) * T * D


def attention_of_a_row(D, L, F, V, T, tied):
    return by_parameters(D, L, F, V, 0, tied) + 12 * L * T * T * D


def attention_forward_only(D, L, F, V, T, tied):
    return by_parameters(D, L, F, V, 0, tied) + 4 * L * T * D


def times(factor, count=by_parameters):
    return lambda *sizes: round(factor * count(*sizes))


def of_all_parameters_and_no_more(D, L, F, V, T, tied):
    return of_all_parameters(D, L, F, V, 0, tied)


WRONG = [
    wrong("that is the rule of thumb", of_all_parameters_and_no_more),
    wrong("multiplies nothing", changed(output=2)),
    wrong("multiplies nothing", of_all_parameters),
    wrong("not a single operation", by_tying),
    wrong("only the embedding before the layers is free", changed(output=0)),
    wrong("has three matrices", changed(feed_forward=2 / 3)),
    wrong("One of them is missing", changed(attention=1 / 2)),
    wrong("with the keys up to its own", masked),
    wrong("6 for each parameter that is kept", six_for_each),
    wrong("works without parameters, too", changed(attention=0)),
    wrong("compares and mixes anew", attention_once),
    wrong("One token compares with T keys", attention_of_a_row),
    wrong("attention has four square matrices", changed(squares=3 / 4)),
    wrong("leave them out", with_norms),
    wrong("the way forward only", times(1 / 3)),
    wrong("not two", times(2 / 3)),
    wrong("are *two* operations", times(1 / 2)),
    wrong("for a whole row", lambda *s: s[4] * by_parameters(*s)),
    wrong("attention also goes back", attention_forward_only),
    wrong("return a number", lambda *sizes: [by_parameters(*sizes)]),
    wrong(UNKNOWN, lambda *sizes: by_parameters(*sizes) + 1),
]

RIGHT = [by_parameters, product_by_product, by_the_library]


def INPUTS(generator):
    """Small, wide, deep, with a long row; tied and not."""
    for high in (3, 9, 50):
        for tied in (False, True):
            draw = torch.randint(1, high, (5,), generator=generator).tolist()
            names = ("d_model", "n_layers", "d_ff", "vocab_size", "length")
            yield dict(zip(names, draw)) | dict(tied=tied)
