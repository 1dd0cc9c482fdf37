"""What was wanted before anything was measured, beside what was found."""

TIMES = {128: 1.2, 256: 1.7, 384: 1.9}


def targets(found):
    """A row for each target: `what`, `wanted`, `found` and whether it is `met`.

    "Ours" is the fastest of our ways: the one that `heedful train --fast` finds by
    measuring. Memory is that of the whole process, beside that of the fastest peer, and
    beside the least of any peer, in whichever precision.
    """
    rows = []

    def at_least(what, wanted, value):
        if value is not None:
            rows.append(dict(what=what, wanted=f">= {wanted:g}", found=value,
                             met=value >= wanted))  # fmt: skip

    for title, field in found["fields"].items():
        ours = [row for row in field if row["family"] == "ours"]
        peers = [row for row in field if row["family"] != "ours"]
        best = ours[0]
        if title.startswith("writing"):
            at_least(f"{title}: times the best peer", 3, best["to_best_peer"])
            if "135M" in title:
                share = best["share_of_ceiling"]
                at_least(f"{title}: share of the memory bandwidth", 0.7, share)
        else:
            wanted = TIMES.get(int(title.rsplit(" ", 1)[1]), 1.0)
            ratio = best["to_default_peer"]
            at_least(f"{title}: times the best peer's default", wanted, ratio)
            for precision in ("float32", "bfloat16"):
                equal = [row for row in ours if row["precision"] == precision]
                if equal:
                    what = f"{title}: times the best peer in {precision}"
                    at_least(what, 1, equal[0]["to_equal_peer"])
            if title == "decoder-only, d_model 384":
                what = f"{title}: share of the {best['precision']} peak"
                at_least(what, 0.8, best["share_of_ceiling"])
        if not peers:
            continue
        leanest = min(peers, key=lambda row: row["megabytes"])
        for which, peer in ("best", peers[0]), ("leanest", leanest):
            value, limit = best["megabytes"], peer["megabytes"]
            rows.append(dict(what=f"{title}: megabytes, beside the {which} peer",
                             wanted=f"<= {limit:,.0f}", found=value,
                             met=value <= limit))  # fmt: skip
    return rows


def table(rows):
    """The rows as Markdown."""
    lines = ["| target | wanted | found | |", "|---|--:|--:|---|"]
    for row in rows:
        value = row["found"]
        told = f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
        met = "met" if row["met"] else "**not met**"
        lines.append(f"| {row['what']} | {row['wanted']} | {told} | {met} |")
    return "\n".join(lines)
