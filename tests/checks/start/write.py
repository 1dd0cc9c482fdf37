import torch

from heedful.checks.start import check_write

from ..specimens import wrong


def loop(
    read=lambda written: written,
    pick=lambda logits: logits[-1].argmax(),
    first=lambda begin: [begin],
    limit=lambda max_new: max_new,
    stop=True,
):
    """All that is in the list at the end, however it was made."""

    def answer(logits_of, begin, end, max_new):
        written = first(begin)
        for _ in range(limit(max_new)):
            written.append(pick(logits_of(read(written))).item())
            if stop and written[-1] == end:
                break
        return written

    return answer


def answer_of(full):
    def answer(logits_of, begin, end, max_new):
        written = full(logits_of, begin, end, max_new)[1:]
        return [token for token in written if token != end]

    return answer


def stale(logits_of, begin, end, max_new):
    logits, written = logits_of([begin]), [begin]
    while len(written) <= max_new and logits[-1].argmax() != end:
        written.append(int(logits[-1].argmax()))
    return written[1:]


def endless(logits_of, begin, end, max_new):
    written = [begin]
    while True:
        written.append(int(logits_of(written)[-1].argmax()))


def as_long_as_it_takes(logits_of, begin, end, max_new):
    return answer_of(loop())(logits_of, begin, end, 20)


def without_begin(logits_of, begin, end, max_new):
    token, written = int(logits_of([begin])[-1].argmax()), []
    while token != end and len(written) < max_new:
        written.append(token)
        token = int(logits_of(written)[-1].argmax())
    return written


def nothing_to_read(logits_of, begin, end, max_new):
    return loop(first=lambda begin: [])(logits_of, begin, end, max_new)


def drops_the_last(*given):
    return loop()(*given)[1:-1]


def begin_counts(logits_of, begin, end, max_new):
    written = [begin]
    while len(written) < max_new:
        token = int(logits_of(written)[-1].argmax())
        if token == end:
            break
        written.append(token)
    return written[1:]


CHECK = check_write


def careful(near):
    """Takes every repetition for the bug."""

    def answer(logits_of, begin, end, max_new):
        written = [begin]
        for _ in range(max_new):
            token = int(logits_of(written)[-1].argmax())
            if token == end or token in (written[-1:] if near else written):
                break
            written.append(token)
        return written[1:]

    return answer


WRONG = [
    wrong("where a token comes again", careful(near=True)),
    wrong("where a token comes again", careful(near=False)),
    wrong("again and again", stale),
    wrong("again and again", answer_of(loop(pick=lambda logits: logits[0].argmax()))),
    wrong("goes on behind the end", lambda *given: loop(stop=False)(*given)[1:]),
    wrong("the sign for the end is part", lambda *given: loop()(*given)[1:]),
    wrong(
        "the sign for the beginning is part",
        lambda *given: [given[1], *answer_of(loop())(*given)],
    ),
    wrong("both signs", loop()),
    wrong("the latest token only", answer_of(loop(read=lambda written: written[-1:]))),
    wrong("lost after the first round", without_begin),
    wrong("*least* probable", answer_of(loop(pick=lambda logits: logits[-1].argmin()))),
    wrong(
        "largest score of all rows",
        answer_of(loop(pick=lambda logits: logits.max(0).values.argmax())),
    ),
    wrong("one token too few", begin_counts),
    wrong("one token too many", answer_of(loop(limit=lambda max_new: max_new + 1))),
    wrong("one token too few", drops_the_last),
    wrong("`max_new` is not heeded", as_long_as_it_takes),
    wrong("no end in sight", endless),
    wrong("start with `begin`", nothing_to_read),
]


def by_recursion(logits_of, begin, end, max_new, written=()):
    token = logits_of([begin, *written])[-1].argmax().item()
    if token == end or len(written) == max_new:
        return list(written)
    return by_recursion(logits_of, begin, end, max_new, (*written, token))


RIGHT = [answer_of(loop()), by_recursion]


def INPUTS(generator):
    """A model whose every score depends on all that is written."""
    for n_tokens, max_new in ((3, 1), (5, 9), (7, 3), (4, 0)):
        table = torch.randn(101, n_tokens, generator=generator)

        def logits_of(written, table=table):
            assert len(written) < 30  # a loop without an end
            sums = torch.tensor(written).cumsum(0) * torch.arange(1, len(written) + 1)
            return table[(7 * sums + 3) % 101]

        yield dict(logits_of=logits_of, begin=n_tokens - 1, end=0, max_new=max_new)
