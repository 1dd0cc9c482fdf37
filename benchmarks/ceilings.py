"""What the machine can do at best: multiply matrices, or read memory, and nothing else.

The ceilings take turns with the contenders. The speed of a machine that others share
changes within minutes, so one that is measured before them says little.
"""

N_TIMES = 5
"""Products in a round."""


def jobs(writes, quick, threads):
    """One for each precision of a training; reading alone for what writes."""
    return [
        dict(field="ceiling", name=f"ceiling, {precision}", precision=precision,
             reads=writes, quick=quick, threads=threads)
        for precision in ("float32", "bfloat16")[: 1 if writes else 2]
    ]  # fmt: skip


def ceiling(job):
    """Products of two square matrices, or of a large one with a vector."""
    import torch

    n = 64 if job["quick"] else 2048
    if job["reads"]:
        a, b = torch.ones(16 * n, n), torch.ones(n)
        work = a.nbytes
    else:
        a, b = torch.randn(2, n, n).to(getattr(torch, job["precision"]))
        work = 2 * n**3

    def do_round():
        for _ in range(N_TIMES):
            a @ b

    return do_round, {"work": N_TIMES * work}


def taken_out(rounds, limits):
    """Operations, or bytes, a second of each round; `rounds` keeps the others."""
    found = {}
    for job in limits:
        told = rounds.pop(job["name"])
        found[job["precision"]] = [told["work"] / s for s in told["seconds"]]
    return found
