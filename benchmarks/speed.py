"""Training and writing, ours beside the peers: what competes at which sizes."""

from benchmarks import ceilings
from benchmarks.arithmetic import summary, table
from benchmarks.rounds import compete

PEERS = {
    "decoder": ("transformers Llama", "transformers GPT-2", "x-transformers"),
    "translation": ("torch.nn", "transformers Marian", "x-transformers"),
}
# d_model -> steps of a round for a text and for pairs, so that one takes a second.
STEPS = {128: (3, 12), 256: (1, 6), 384: (1, 4)}


def fields(quick, threads):
    """Each field's title and jobs."""
    for d_model, steps in {16: (2, 2)}.items() if quick else STEPS.items():
        n_heads = max(1, d_model // 64)
        sizes = dict(d_model=d_model, n_heads=n_heads)
        shared = dict(quick=quick, threads=threads)
        size = dict(
            **sizes,
            n_layers=1 if quick else 6,
            d_ff=8 * d_model // 3,
            vocab_size=64 if quick else 4096,
            max_seq_len=16 if quick else 256,
        )
        text = dict(shared, field="decoder", size=size, steps=steps[0])
        text["batch"] = 3 if quick else 8
        yield f"decoder-only, d_model {d_model}", training_jobs(text)
        pair = dict(size, n_layers=1 if quick else 3, d_ff=4 * d_model, max_seq_len=128)
        del pair["vocab_size"]
        pairs = dict(shared, field="translation", size=pair, steps=steps[1])
        pairs["batch"] = 16 if quick else 64
        yield f"encoder-decoder, d_model {d_model}", training_jobs(pairs)


def training_jobs(shared):
    """Our ways, and each peer in both precisions.

    A user who sets nothing gets float32, and pairs as they are drawn, with the padding
    that this takes. All others get the same batches as ours, by length.
    """
    ours = [("float32", "plain"), ("float32", "fused"), ("bfloat16", "fused")]
    is_pairs = shared["field"] == "translation"
    if not shared["quick"]:
        # Each length of pairs is short, so a program for all of them gains little.
        ours += [("float32", "compiled")] * (not is_pairs) + [("bfloat16", "compiled")]
    jobs = [
        dict(family="ours", library="heedful", precision=precision, kernels=kernels)
        for precision, kernels in ours
    ]
    for peer in PEERS[shared["field"]]:
        theirs = dict(family="peer", library=peer, kernels="", precision="float32")
        jobs += [dict(theirs, default=not is_pairs), dict(theirs, precision="bfloat16")]
        if is_pairs:
            jobs.append(dict(theirs, default=True, drawn=True, kernels="as drawn"))
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
        sizes["135M weights"] = (smol, 64)
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
                        default=not job["kernels"], quick=quick, threads=threads,
                        name=name)  # fmt: skip
        yield f"writing, {title}", jobs


KEPT = ("family", "library", "kernels", "precision", "default", "drawn")


def measured(quick, threads, n_rounds):
    """Print the tables; return what is to be kept of them."""
    found = {"ceilings": {}, "fields": {}}
    trainings = list(fields(quick, threads))
    for title, jobs in [*trainings, *writing_jobs(quick, threads)]:
        limits = ceilings.jobs(title.startswith("writing"), quick, threads)
        rounds = compete(jobs + limits, n_rounds)
        highest = found["ceilings"][title] = ceilings.taken_out(rounds, limits)
        named = {job["name"]: job for job in jobs}
        rows = {
            name: {"default": False, **told}
            | {k: v for k, v in named[name].items() if k in KEPT}
            for name, told in rounds.items()
            if "missing" not in told
        }
        for name in rounds.keys() - rows.keys():
            print(f"left out: {name} ({rounds[name]['missing']})")
        written = {tuple(row.pop("written", ())) for row in rows.values()}
        if len(written) > 1:  # greedy: the same weights say the same
            raise AssertionError(f"{title}: not all wrote the same tokens")
        rows = summary(rows, highest)
        print("\n" + table(title, rows) + "\n", flush=True)
        found["fields"][title] = rows
    return found
