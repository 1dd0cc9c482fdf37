"""How long a chapter takes, said under its title; no author has to guess it.

Reading: 200 words of prose a minute, a slow pace since it is a textbook, and 10 lines
of code a minute. What is folded or hidden, what cells printed and what is maths is not
counted. Running: the time that MyST-NB measured when the cells ran, and the day.
{reading-time}`00 05` is the sum for some chapters, for a page that recommends them.
"""

import math
import re
from collections.abc import Iterator
from datetime import datetime

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole

WORDS_PER_MINUTE = 200
LINES_PER_MINUTE = 10


def visible(node: nodes.Node) -> Iterator[nodes.Element]:
    """The blocks of prose and of code that a reader meets without opening anything."""
    for child in node.children:
        if isinstance(child, nodes.container):
            output = child.get("nb_element") == "cell_code_output"
            if output or child.get("hide_mode"):
                continue
        if isinstance(child, nodes.literal_block | nodes.TextElement):
            if not isinstance(child, nodes.math_block | nodes.Invisible):
                yield child
        elif isinstance(child, nodes.Element):
            yield from visible(child)


def reading_minutes(doctree: nodes.document) -> float:
    minutes = 0.0
    for block in visible(doctree):
        text = block.astext()
        if isinstance(block, nodes.literal_block):
            minutes += len(re.findall(r"\S.*", text)) / LINES_PER_MINUTE
        else:
            minutes += len(text.split()) / WORDS_PER_MINUTE
    return minutes


def in_words(minutes: float) -> str:
    """Rounded up to five minutes, from an hour and a half on to half hours."""
    if minutes <= 90:
        return f"about {max(5, 5 * math.ceil(minutes / 5))} minutes"
    hours = math.ceil(minutes / 30) / 2
    return f"about {hours:.0f} hours" if hours % 1 == 0 else f"about {hours} hours"


def ran(data: dict | None) -> str:
    """When the cells ran, and how long; nothing for a page without cells."""
    if not data or not data.get("runtime"):
        return ""
    day = datetime.fromtimestamp(data["mtime"])
    seconds = max(1, round(data["runtime"]))
    unit = "second" if seconds == 1 else "seconds"
    return f" Its cells ran in {seconds} {unit} on {day.day} {day:%B %Y}."


def add_line(app: Sphinx, doctree: nodes.document) -> None:
    chapter = re.match(r"chapters/(\d\d)_", app.env.docname)
    title = next(doctree.findall(nodes.title), None)
    if not chapter or title is None:
        return
    minutes = reading_minutes(doctree)
    known(app.env)[chapter[1]] = minutes
    cells = ran(NbMetadataCollector.get_exec_data(app.env, app.env.docname))
    text = f"Reading: {in_words(minutes)}.{cells}"
    line = nodes.paragraph(text, text, classes=["reading-time"])
    title.parent.insert(title.parent.index(title) + 1, line)


def known(env: BuildEnvironment) -> dict[str, float]:
    """Minutes of the chapters that have been read, by number."""
    if not hasattr(env, "reading_minutes"):
        env.reading_minutes = {}
    return env.reading_minutes


class pending_time(nodes.Inline, nodes.Element):
    """Stands where a sum will stand as soon as all pages have been read."""


class ReadingTime(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [pending_time(chapters=self.text.split())], []


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    minutes = known(app.env)
    for node in list(doctree.findall(pending_time)):
        total = sum(minutes.get(number, 0) for number in node["chapters"])
        node.replace_self(nodes.Text(in_words(total)))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(pending_time)
    app.add_role("reading-time", ReadingTime())
    app.connect("doctree-read", add_line)
    app.connect("doctree-resolved", fill_in)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
