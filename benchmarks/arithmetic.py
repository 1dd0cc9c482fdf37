"""From the seconds of each round to the table: medians, ratios, shares of a ceiling."""

from statistics import median


def summary(rounds, ceilings):
    """A row for each contender, the fastest median first.

    `rounds` has, by name, dicts with `seconds` (a list, one number a round), `family`
    ("ours" or a peer's), `precision`, `default` (whether it is what a user gets who
    sets nothing), the `tokens` of a round, their `work` (operations of training, bytes
    that writing must read) and whatever else, which is kept. Of the work those of our
    model count, for all. `ceilings` has the work that could be done in a second of
    each round, by precision. `to_best_peer` is how many times as many tokens a second
    it makes as each peer, at least; `to_default_peer` as each default; `to_equal_peer`
    as each in its own precision. Ratios and shares are medians, too, of those within
    the rounds: what slows the machine down for a while meets both sides.
    """
    rows = []
    ours = next(found for found in rounds.values() if found["family"] == "ours")
    per_token = ours["work"] / ours["tokens"]
    for name, found in rounds.items():
        share = per_token * _times(_speeds(found), ceilings[found["precision"]])
        speed = median(_speeds(found))
        told = {"tokens_per_second": speed, "share_of_ceiling": share}
        rows.append({"name": name, **found, **told})
    for row in rows:
        peers = [other for other in rows if other["family"] != "ours"]
        default = [other for other in peers if other["default"]]
        equal = [other for other in peers if other["precision"] == row["precision"]]
        row["to_best_peer"] = _ratio(row, peers)
        row["to_default_peer"] = _ratio(row, default)
        row["to_equal_peer"] = _ratio(row, equal)
    return sorted(rows, key=lambda row: -row["tokens_per_second"])


def _ratio(row, peers):
    speeds = _speeds(row)
    return min((_times(speeds, _speeds(peer)) for peer in peers), default=None)


def _speeds(found):
    return [found["tokens"] / seconds for seconds in found["seconds"]]


def _times(some, others):
    return median(one / other for one, other in zip(some, others))


def training_operations(n_matrix_weights, n_tokens, attention):
    """Operations of a step: 6 for each weight and token, and those of the attention.

    `attention` is what the products with keys and values need forward; backward they
    need twice that.
    """
    return 6 * n_matrix_weights * n_tokens + 3 * attention


COLUMNS = (
    ("", "name", "{}"),
    ("tokens/s", "tokens_per_second", "{:,.0f}"),
    ("spread", "spread", "{:.0%}"),
    ("peak MB", "megabytes", "{:,.0f}"),
    ("of the ceiling", "share_of_ceiling", "{:.0%}"),
    ("x best peer", "to_best_peer", "{:.2f}"),
    ("x default peer", "to_default_peer", "{:.2f}"),
    ("x equal prec.", "to_equal_peer", "{:.2f}"),
    ("first steps s", "start_up", "{:.1f}"),
)


def table(title, rows):
    """The rows as Markdown."""
    lines = [
        f"### {title}",
        "",
        "| " + " | ".join(head for head, _, _ in COLUMNS) + " |",
    ]
    lines.append("|---|" + "--:|" * (len(COLUMNS) - 1))
    for row in rows:
        low, high = min(row["seconds"]), max(row["seconds"])
        row = {**row, "spread": (high - low) / median(row["seconds"])}
        cells = [
            "–" if row[key] is None else form.format(row[key])
            for _, key, form in COLUMNS
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
