import torch

from heedful.checks.brains import check_creation, readable

from ..specimens import wrong

CHECK = check_creation


def counted(written, known):
    """Line by line; nothing is a set."""
    original = effective = both = 0
    for i, line in enumerate(written):
        first = line not in written[:i]
        original += first and line not in known
        effective += readable(line)
        both += first and line not in known and readable(line)
    return original / len(written), effective / len(written), both / len(written)


def by_sets(written, known):
    new = {line for line in written if line not in known}
    good = [line for line in written if readable(line)]
    n = len(written)
    return [len(new) / n, len(good) / n, len(new & set(good)) / n]


def by_tensors(written, known):
    good = torch.tensor([readable(line) for line in written])
    new = torch.tensor(
        [w not in known and w not in written[:i] for i, w in enumerate(written)]
    )
    return [x.double().mean() for x in (new, good, new & good)]


def multiplied(written, known):
    original, effective, _ = counted(written, known)
    return original, effective, original * effective


def smaller(written, known):
    original, effective, _ = counted(written, known)
    return original, effective, min(original, effective)


def with_repeats(written, known):
    new = [line for line in written if line not in known]
    good = [line for line in written if readable(line)]
    both = [line for line in new if readable(line)]
    return tuple(len(x) / len(written) for x in (new, good, both))


def original_with_repeats(written, known):
    _, effective, both = counted(written, known)
    return sum(line not in known for line in written) / len(written), effective, both


def effective_of_different(written, known):
    original, _, both = counted(written, known)
    lines = set(written)
    return original, sum(map(readable, lines)) / len(lines), both


def both_of_the_new(written, known):
    original, effective, _ = counted(written, known)
    new = [line for line in set(written) if line not in known]
    return original, effective, sum(map(readable, new)) / max(len(new), 1)


def both_with_repeats(written, known):
    original, effective, _ = counted(written, known)
    both = [line for line in written if readable(line) and line not in known]
    return original, effective, len(both) / len(written)


def of_different_lines(written, known):
    return counted(list(dict.fromkeys(written)), known)


def effective_once(written, known):
    original, _, both = counted(written, known)
    return original, len({x for x in written if readable(x)}) / len(written), both


def effective_if_new(written, known):
    original, _, both = counted(written, known)
    good = [line for line in written if readable(line) and line not in known]
    return original, len(good) / len(written), both


def known_ones(written, known):
    _, effective, both = counted(written, known)
    return len(set(known).intersection(written)) / len(written), effective, both


def either(written, known):
    original, effective, _ = counted(written, known)
    lines = {x for x in written if readable(x)} | {x for x in written if x not in known}
    return original, effective, len(lines) / len(written)


def numbers(written, known):
    return tuple(len(written) * share for share in counted(written, known))


WRONG = [
    wrong("and divide by their number", effective_of_different),
    wrong("not of the new ones", both_of_the_new),
    wrong("is no product", multiplied),
    wrong("only a limit for both", smaller),
    wrong("no second invention", with_repeats),
    wrong("no second invention", original_with_repeats),
    wrong("counts once, however often", both_with_repeats),
    wrong("you divide by the different ones", of_different_lines),
    wrong("can be read each time", effective_once),
    wrong("known or not", effective_if_new),
    wrong("lines that *are* known", known_ones),
    wrong("not for either", either),
    wrong("divide them by len(written)", numbers),
    wrong("the order is", lambda w, k: [counted(w, k)[i] for i in (1, 0, 2)]),
    wrong("return 3 values", lambda w, k: counted(w, k)[:2]),
]
RIGHT = [counted, by_sets, by_tensors]


def INPUTS(generator):
    """Many repeats or few, much that is known or nothing."""
    good, bad = ["a = 1", "b", "c(d)", "e += f"], ["a = ", "b)", "c d"]
    for n, n_known in ((1, 0), (5, 2), (13, 3)):
        drawn = torch.randint(len(good + bad), (n,), generator=generator)
        known = torch.randperm(len(good), generator=generator)[:n_known]
        written = [(good + bad)[i] for i in drawn.tolist()]
        yield dict(written=written, known=[good[i] for i in known.tolist()])
