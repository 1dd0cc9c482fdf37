from heedful.checks.parallelism import check_decode

from ..specimens import UNKNOWN, wrong

CHECK = check_decode
FEW = ((100, 100, 5), 50_000, 2_000)
MANY = ((200, 300, 500), 50_000, 2_000)


def said(*numbers, given=FEW):
    return lambda: list(numbers), *given


def step_by_step():
    flops = sum(2 for row in range(100) for column in range(100) for text in range(5))
    n_bytes = 2 * 100 * 100 + 2 * 100 * 5 * 2
    computing, moving = flops / 50_000, n_bytes / 2_000
    limit = "memory" if moving > computing else "lanes"
    seconds = max(computing, moving)
    return [flops, n_bytes, limit, seconds, (seconds - computing) / seconds]


WRONG = [
    wrong("multiplies *and* adds", said(50_000, 22_000, "memory", 11, 0.91)),
    wrong("that is one text", said(20_000, 22_000, "memory", 11, 0.964)),
    wrong("that is one text", said(20_000, 20_400, "memory", 10.2, 0.961)),
    wrong("you count numbers", said(100_000, 11_000, "memory", 5.5, 0.636)),
    wrong("not four", said(100_000, 44_000, "memory", 22, 0.909)),
    wrong("that is the weights alone", said(100_000, 20_000, "memory", 10, 0.8)),
    wrong("what comes out is missing", said(100_000, 21_000, "memory", 10.5, 0.81)),
    wrong(
        "what goes in is missing",
        said(60_000_000, 320_000, "lanes", 1200, 0, given=MANY),
    ),
    wrong("travel once for all texts", said(100_000, 102_000, "lanes", 51, 0.96)),
    wrong("compare operations per byte", said(100_000, 22_000, "lanes", 11, 0.82)),
    wrong(
        "compare operations per byte",
        said(60_000_000, 620_000, "memory", 1200, 0, given=MANY),
    ),
    wrong("in small letters", said(100_000, 22_000, "Memory", 11, 0.82)),
    wrong("not their sum", said(100_000, 22_000, "memory", 13, 0.82)),
    wrong("take the longer time", said(100_000, 22_000, "memory", 2, 0.82)),
    wrong("operations per byte; for the time", said(1e5, 22e3, "memory", 4.545, 0.82)),
    wrong("in which the lanes *work*", said(100_000, 22_000, "memory", 11, 0.18)),
    wrong("that is in microseconds", said(100_000, 22_000, "memory", 11, 9)),
    wrong("not a percentage", said(100_000, 22_000, "memory", 11, 81.8)),
    wrong("give a digit more", said(100_000, 22_000, "memory", 11, 0.78)),
    wrong("has 4 entries, expected 5", said(100_000, 22_000, "memory", 11)),
    wrong("entry 2: return a str", said(100_000, 22_000, 11, "memory", 0.82)),
    wrong(UNKNOWN, said(100_000, 23_000, "memory", 11.5, 0.826)),
]

RIGHT = [
    (step_by_step, *FEW),
    said(100_000, 22_000, "memory", 11, 0.818),
    said(60_000_000, 620_000, "lanes", 1200, 0, given=MANY),
]
