import torch

from heedful.checks.heads import check_again

from ..specimens import wrong


def habit(
    places=lambda before: before,
    step=1,
    combine=sum,
    everybody=False,
    mean=lambda shares: sum(shares) / len(shares),
):
    """Query by query, head by head."""

    def answer(weights, tokens):
        tokens = tokens.tolist()
        found = []
        for head in weights:
            shares = []
            for i, token in enumerate(tokens):
                before = [j for j in range(i) if tokens[j] == token]
                if before:
                    keys = [j + step for j in places(before)]
                    shares.append(combine([head[i, j] for j in keys if j >= 0]))
                elif everybody:
                    shares.append(torch.tensor(0.0))
            found.append(mean(shares))
        return torch.stack(found)

    return answer


def average(values):
    return sum(values) / len(values)


def largest_there(weights, tokens):
    n, hits = 0, torch.zeros(len(weights))
    for i in range(len(tokens)):
        followers = [j + 1 for j in range(i) if tokens[j] == tokens[i]]
        if followers:
            n += 1
            hits += torch.tensor([w[i].argmax().item() in followers for w in weights])
    return hits / n


def with_later_ones(weights, tokens):
    same = (tokens[:, None] == tokens[None]) & (torch.eye(len(tokens)) == 0)
    shares = (weights[:, :, 1:] * same[:, :-1]).sum(-1)
    return shares[:, same.any(-1)].mean(-1)


def with_itself(weights, tokens):
    places = (tokens[:, None] == tokens[None]).tril()[:, :-1]
    shares = (weights[:, :, 1:] * places).sum(-1)
    return shares[:, places.any(-1)].mean(-1)


def shifted_rows(weights, tokens):
    """By the difference of places, as in a list that is read twice."""
    same = (tokens[:, None] == tokens[None]).triu(1)
    followers = torch.zeros_like(same)
    followers[:, 1:] = same[:, :-1]
    return (weights * followers).sum(-1)[:, same.any(-1)].mean(-1)


CHECK = check_again


def never_itself(weights, tokens):
    rows = []
    for i, token in enumerate(tokens):
        places = [j for j in range(i) if tokens[j] == token]
        if places:
            keys = [j + 1 for j in places if j + 1 < i]
            rows.append(weights[:, i, keys].sum(-1))
    return torch.stack(rows).mean(0)


def over_pairs(weights, tokens):
    n = len(tokens)
    pairs = [(i, j) for i in range(n) for j in range(i) if tokens[i] == tokens[j]]
    return torch.stack([weights[:, i, j + 1] for i, j in pairs]).mean(0)


WRONG = [
    wrong("goes to the earlier place itself", habit(step=0)),
    wrong("what stood *before*", habit(step=-1)),
    wrong("the mean runs over all positions", habit(everybody=True)),
    wrong("come again only later", with_later_ones),
    wrong("by standing where it stands", with_itself),
    wrong("only the latest", habit(places=lambda before: before[-1:])),
    wrong("only the first", habit(places=lambda before: before[:1])),
    wrong("how often the largest weight", largest_there),
    wrong("the mean of their shares", habit(combine=average)),
    wrong("follows itself", never_itself),
    wrong("all pairs of a query", over_pairs),
    wrong("summed over the queries", habit(mean=sum)),
    wrong("swapped", lambda weights, tokens: habit()(weights.transpose(1, 2), tokens)),
    wrong("mean over the heads", lambda *given: habit()(*given).mean()),
    wrong("swapped", shifted_rows),
    wrong("return a torch tensor", lambda *given: habit()(*given).tolist()),
]


def by_one_product(weights, tokens):
    same = (tokens[:, None] == tokens).tril(-1)
    followers = same.roll(1, dims=1)  # the last column is empty, so nothing wraps
    total = torch.einsum("hts,ts->h", weights, followers.float())
    return total / same.any(1).sum()


RIGHT = [habit(), by_one_product]


def INPUTS(generator):
    """One repetition at once, all tokens alike, and a longer text."""
    for n_heads, tokens in (
        (1, [4, 4]),
        (3, [6, 6, 6, 6]),
        (2, torch.randint(3, (13,), generator=generator).tolist()),
    ):
        length = len(tokens)
        scores = torch.randn(n_heads, length, length, generator=generator)
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        weights = scores.masked_fill(future, -torch.inf).softmax(-1)
        yield dict(weights=weights, tokens=torch.tensor(tokens))
