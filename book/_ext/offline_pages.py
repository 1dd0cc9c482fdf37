"""A page asks nobody but its own server for anything.

Readers are not tracked, the book works without a network, and it will look the same
in ten years. The parts that would call out are left out in `_config.yml`; this
extension warns if one comes back, and with `-W` a warning is an error.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

LOG = logging.getLogger(__name__)

# What a browser fetches by itself. A plain <a> waits for the reader.
FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source|object|embed|video|audio)\b[^>]*?"
    r"""\b(?:src|srcset|href|data)=["']((?:https?:)?//[^"']*)""",
    re.IGNORECASE,
)
FETCHED_BY_CSS = re.compile(
    r"""(?:@import\s+["']|url\(\s*["']?)((?:https?:)?//[^"')]*)""", re.IGNORECASE
)


def foreign_urls(path: Path) -> Iterator[str]:
    """The addresses on other servers from which a page or style sheet would load."""
    pattern = FETCHED_BY_CSS if path.suffix == ".css" else FETCHED
    for match in pattern.finditer(path.read_text(encoding="utf-8")):
        yield match[1]


def check_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = [out / app.builder.get_target_uri(name) for name in app.env.found_docs]
    pages += [out / "search.html", out / "genindex.html"]
    for path in (*pages, *(out / "_static").rglob("*.css")):
        for url in foreign_urls(path) if path.exists() else ():
            LOG.warning("%s would load %s", path.relative_to(out), url)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", check_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
