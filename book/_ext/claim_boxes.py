"""Every claim box can be linked to, by the number in its title and nothing else.

The box `C17 · ...` has the anchor `claim-c17` on its page. From other pages it is
{ref}`... <claim-c17>`, on the first page that has it, or {ref}`... <claim-05-c17>`, in
chapter 05. Nobody writes labels by hand, so none can be forgotten or wrong.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

NUMBERS = re.compile(r"C\d\d(?: and C\d\d)*(?= · )")


def numbers(title: str) -> list[str]:
    """The claims that a box is about: C17 and C28 for "C17 and C28 · One half ..."."""
    match = NUMBERS.match(title)
    return match[0].split(" and ") if match else []


def add_anchors(app: Sphinx, doctree: nodes.document) -> None:
    page = app.env.docname
    chapter = re.match(r"chapters/(\d\d)_", page)
    labels = app.env.get_domain("std").anonlabels
    for box in doctree.findall(nodes.admonition):
        if "claim" not in box["classes"]:
            continue
        for number in numbers(box[0].astext()):
            anchor = f"claim-{number.lower()}"
            box["ids"].append(anchor)
            if chapter:
                labels[f"claim-{chapter[1]}-{number.lower()}"] = page, anchor
                first = labels.setdefault(anchor, (page, anchor))
                labels[anchor] = min(first, (page, anchor))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", add_anchors)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
