import torch

from heedful.checks.start import check_looks

from ..specimens import wrong


def mean_map(weights):
    n_heads, t, s = weights.shape
    return [
        [
            sum(weights[h, i, j].item() for h in range(n_heads)) / n_heads
            for j in range(s)
        ]
        for i in range(t)
    ]


def places(weights, best=max):
    return [row.index(best(row)) for row in mean_map(weights)]


def named(find):
    return lambda weights, source: [source[i] for i in find(weights)]


def by_column(weights):
    return [column.index(max(column)) for column in zip(*mean_map(weights))]


def votes(weights):
    chosen = weights.argmax(2).T.tolist()
    return [max(sorted(row), key=row.count) for row in chosen]


def largest_of_all(weights):
    t, s = weights.shape[1:]
    best = [max(range(s), key=lambda j: weights[:, i, j].max()) for i in range(t)]
    return best


def shifted(weights):
    found = places(weights)
    return [found[-1], *found[:-1]]


def shifted_back(weights):
    found = places(weights)
    return [*found[1:], found[0]]


CHECK = check_looks

WRONG = [
    wrong("along the wrong axis", named(by_column)),
    wrong("looked at *least*", named(lambda weights: places(weights, min))),
    wrong("only the first head", named(lambda weights: places(weights[:1]))),
    wrong("only the last head", named(lambda weights: places(weights[-1:]))),
    wrong(
        "over the characters", named(lambda weights: places(weights.transpose(0, 1)))
    ),
    wrong("largest weight of any head", named(largest_of_all)),
    wrong("the heads vote", named(votes)),
    wrong("word of its neighbour", named(shifted)),
    wrong("word of its neighbour", named(shifted_back)),
    wrong(
        "in their own order",
        lambda weights, source: source[: len(weights[0])],
    ),
    wrong("return a str, not an int", lambda weights, source: places(weights)),
    wrong("return a list", lambda weights, source: " ".join(source)),
    wrong(
        "return a list, not a torch.Tensor",
        lambda weights, source: weights.mean(0).argmax(-1),
    ),
]


def by_numpy(weights, source):
    return [source[row.argmax()] for row in weights.numpy().sum(axis=0)]


def by_sorting(weights, source):
    ranked = torch.einsum("hts->ts", weights).sort(dim=1, descending=True)
    return [source[i] for i in ranked.indices[:, 0]]


RIGHT = [named(places), by_numpy, by_sorting]


def INPUTS(generator):
    """One character, one word, and several of both."""
    for n_heads, t, s in ((1, 1, 1), (3, 2, 5), (4, 6, 3)):
        scores = torch.randn(n_heads, t, s, generator=generator)
        yield dict(weights=scores.softmax(-1), source=[f"word{i}" for i in range(s)])
