"""Other answers, probabilities and another bug for exercises/00_start."""

import json
from random import Random

SOURCE = (
    "[xberg-io/xberg (see its issue 1210)]"
    "(https://github.com/xberg-io/xberg/issues/1210)"
)
STORY = (
    "It was to read `Hello World` from a picture, and wrote `Hello` 128 times. The "
    "test that should have noticed repetitions looked for repeated words, and there "
    "was no space between them."
)
CODE = """\
logits = logits_of(written)
    for _ in range(max_new):
        token = int(logits[-1].argmax())
        if token == end:
            break
        written.append(token)
        logits_of(written)"""
# Another bug than the notebook's: where it was, and what stands in place of what.
BUG = {
    SOURCE: (
        "[joeynmt/joeynmt (see its pull request 78)]"
        "(https://github.com/joeynmt/joeynmt/pull/78)"
    ),
    STORY: "Its translations were right, as long as somebody else cut off the rest.",
    CODE: """\
for _ in range(max_new):
        token = int(logits_of(written)[-1].argmax())
        written.append(token)""",
}
RIGHT = ["四十二", "百五", "三千", "十七", "六百八十"]  # as in the notebook
WRITTEN = (
    ["四十二", "百", "三千", "十七七", "六百八"],
    ["四十二", "百五", "三", "十一", "六百八十"],
    ["四十二二", "百", "三千", "十七", "六百八十"],
)
HALVINGS = ([2, 1, 1, 0, 0], [2, 2, 0, 0, 0], [2, 2, 1, 0, 0])


def variant(random: Random) -> dict[str, str]:
    """The passages of the notebook that a seed replaces."""
    written = random.choice(WRITTEN)
    n_right = sum(r == w for r, w in zip(RIGHT, written))
    halvings = random.sample(random.choice(HALVINGS), 5)
    shares = ["1" if n == 0 else f"1 / {2**n}" for n in halvings]
    return {
        '["四十二", "百五", "三千三", "十七", "六百八"]': json.dumps(
            written, ensure_ascii=False
        ),
        "[1 / 2, 1, 1 / 4, 1, 1]": f"[{', '.join(shares)}]",
        "3 / 5  # one is too long, one too short": f"{n_right} / 5",
        "(1 + 0 + 2 + 0 + 0) / 5": f"({' + '.join(map(str, halvings))}) / 5",
        "1 / 8": f"1 / {2 ** sum(halvings)}",
        **BUG,
    }
