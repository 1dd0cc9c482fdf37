"""Training and writing, ours beside the peers: what competes at which sizes."""

import time
from statistics import median

from benchmarks.arithmetic import summary, table, training_operations
from benchmarks.rounds import compete

PEERS = {
    "decoder": ("transformers Llama", "transformers GPT-2", "x-transformers"),
    "translation": ("torch.nn", "transformers Marian", "x-transformers"),
}
# d_model -> steps of a round, chosen so that one takes a second or two.
STEPS = {128: 6, 256: 3, 384: 1}


def fields(quick, threads):
    """Each field's title and jobs."""
    for d_model, steps in {16: 2}.items() if quick else STEPS.items():
        n_heads = max(1, d_model // 64)
        sizes = dict(d_model=d_model, n_heads=n_heads)
        shared = dict(quick=quick, threads=threads, steps=steps)
        size = dict(
            **sizes,
            n_layers=1 if quick else 6,
            d_ff=8 * d_model // 3,
            vocab_size=64 if quick else 4096,
            max_seq_len=16 if quick else 256,
        )
        text = dict(shared, field="decoder", size=size, batch=3 if quick else 8)
        yield f"decoder-only, d_model {d_model}", training_jobs(text)
        pair = dict(size, n_layers=1 if quick else 3, d_ff=4 * d_model, max_seq_len=128)
        del pair["vocab_size"]
        pairs = dict(shared, field="translation", size=pair, batch=16 if quick else 64)
        yield f"encoder-decoder, d_model {d_model}", training_jobs(pairs)


def training_jobs(shared):
    """Each peer in both precisions, and our ways."""
    ours = [("float32", "plain"), ("float32", "fused"), ("bfloat16", "fused")]
    if not shared["quick"]:
        ours.append(("bfloat16", "compiled"))
    jobs = [
        dict(family="ours", library="heedful", precision=precision, kernels=kernels)
        for precision, kernels in ours
    ]
    jobs += [
        dict(family="peer", library=peer, precision=precision, kernels="")
        for peer in PEERS[shared["field"]]
        for precision in ("float32", "bfloat16")
    ]
    if shared["quick"]:
        jobs = [job for job in jobs if job["library"] in ("heedful", "torch.nn")][1::3]
    for job in jobs:
        names = (job["library"], job["kernels"], job["precision"])
        job |= shared | {"name": ", ".join(filter(None, names))}
    return jobs


def writing_jobs(quick, threads):
    """Greedy generation with the shape of SmolLM2-135M, and with a small one."""
    small = dict(d_model=16 if quick else 256, n_heads=4, n_layers=2 if quick else 4,
                 d_ff=32 if quick else 704, vocab_size=64 if quick else 4096,
                 max_seq_len=512, norm_eps=1e-5)  # fmt: skip
    sizes = {"small": (small, 8 if quick else 128)}
    if not quick:
        smol = dict(d_model=576, n_heads=9, n_kv_heads=3, n_layers=30, d_ff=1536,
                    vocab_size=49_152, max_seq_len=512, norm_eps=1e-5)  # fmt: skip
        sizes["135M weights"] = (smol, 24)
    for title, (size, n_new) in sizes.items():
        jobs = [
            dict(family="ours", library="heedful", kernels="cached"),
            dict(family="ours", library="heedful", kernels="lean"),
            dict(family="peer", library="transformers generate", kernels=""),
            dict(family="peer", library="transformers generate", kernels="static"),
        ]
        if quick:
            jobs = jobs[1:3]
        for job in jobs:
            name = f"{job['library']} {job['kernels']}".strip()
            job |= dict(field="writing", size=size, steps=n_new, precision="float32",
                        quick=quick, threads=threads, name=name)  # fmt: skip
        yield f"writing, {title}", jobs


def measured(quick, threads, n_rounds):
    """Print the tables; return what is to be kept of them."""
    peaks = {p: matmul_peak(p, 64 if quick else 2048) for p in ("float32", "bfloat16")}
    for precision, peak in peaks.items():
        print(f"matrix-multiply peak in {precision}: {peak / 1e9:,.0f} Gop/s")
    found = {"matmul_peak": peaks, "fields": {}}
    trainings = list(fields(quick, threads))
    for title, jobs in [*trainings, *writing_jobs(quick, threads)]:
        rounds = compete(jobs, n_rounds)
        named = {job["name"]: job for job in jobs}
        rows = {
            name: {**told, **{k: named[name][k] for k in ("family", "precision")}}
            for name, told in rounds.items()
            if "missing" not in told
        }
        for name in rounds.keys() - rows.keys():
            print(f"left out: {name} ({rounds[name]['missing']})")
        written = {tuple(row.pop("written", ())) for row in rows.values()}
        if len(written) > 1:
            raise AssertionError(f"{title}: not all wrote the same tokens")
        one = next(row for row in rows.values() if row["family"] == "ours")
        rows = summary(rows, one["tokens"], operations(jobs[0], one), peaks)
        print("\n" + table(title, rows) + "\n", flush=True)
        found["fields"][title] = rows
    return found


def operations(job, told):
    """Of one round: twice the weights a token to write, six times to train."""
    size, n_tokens = job["size"], told["tokens"]
    if job["field"] == "writing":
        return 2 * told["weights"] * n_tokens
    # 4 T d_model for each token and layer: scores and mixture, half of them masked.
    length = size["max_seq_len"] if job["field"] == "decoder" else 0
    attention = 2 * length * size["d_model"] * size["n_layers"] * n_tokens
    return training_operations(told["weights"], n_tokens, attention)


def matmul_peak(precision, n):
    """Operations a second of a product of two n x n matrices, the median of five."""
    import torch

    a, b = torch.randn(2, n, n).to(getattr(torch, precision))
    a @ b
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    return 2 * n**3 / median(times)
