"""A book of a few lines with this book's configuration and extensions, to be built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
HEADER = (ROOT / "book" / "status.md").read_text(encoding="utf-8").split("---\n")[1]
STRICT = ("-W", "-n", "--keep-going", "--all")


class Book:
    """Pages that are named like `page`, in book/, or like `chapters/01_x/index`."""

    def __init__(self, root: Path):
        self.root = root
        shutil.copy(ROOT / "_config.yml", root)
        shutil.copytree(ROOT / "book" / "_ext", root / "book" / "_ext")
        shutil.copytree(ROOT / "book" / "_static", root / "book" / "_static")
        shutil.copy(ROOT / "book" / "references.bib", root / "book")
        (root / "lib").mkdir()

    def write(self, **pages: str) -> None:
        files = [name if "/" in name else f"book/{name}" for name in pages]
        toc = {"format": "jb-book", "root": files[0]}
        if files[1:]:
            toc["chapters"] = [{"file": file} for file in files[1:]]
        (self.root / "_toc.yml").write_text(yaml.safe_dump(toc))
        for file, body in zip(files, pages.values()):
            path = self.root / f"{file}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"---\n{HEADER}---\n# A page\n\n{body}\n", encoding="utf-8")

    def build(self, *options: str) -> subprocess.CompletedProcess:
        command = [Path(sys.executable).with_name("jupyter-book"), "build", "."]
        path = os.pathsep.join([str(self.root / "lib"), str(ROOT / "tests/left_out")])
        environment = os.environ | {"PYTHONPATH": path}
        return subprocess.run(
            [*command, *options], cwd=self.root, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def html(self, file: str) -> str:
        return (self.root / "_build/html" / f"{file}.html").read_text(encoding="utf-8")
