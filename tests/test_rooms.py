"""The order of the library: rooms use only those below them, and each is small."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import heedful

LIB = Path(heedful.__file__).parent
MODULES = sorted(LIB.rglob("*.py"))
ROOMS = re.findall(r"^    (\w+) {2,}", heedful.__doc__ or "", re.MULTILINE)
"""From the top to the bottom, as the package's docstring lists them."""


@cache
def tree(module):
    return ast.parse(module.read_text(encoding="utf-8"))


def room(module):
    """The folder below heedful/, or the name of a module beside the rooms."""
    return module.relative_to(LIB).parts[0].removesuffix(".py")


def imported(module):
    """The names of all modules that are imported anywhere in `module`."""
    names = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} is a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_used(module):
    return {
        name.split(".")[1] for name in imported(module) if name.startswith("heedful.")
    }


def test_every_room_is_on_the_list():
    there = {path.name for path in LIB.iterdir() if (path / "__init__.py").exists()}
    assert there - {"cli"} == set(ROOMS)
    assert ROOMS[-2:] == ["nets", "text"]


def reach_up(module):
    """The rooms that `module` uses, though they are not below its own."""
    if room(module) not in ROOMS:
        assert room(module) in ("__init__", "__main__", "cli"), module
        return set()
    allowed = set(ROOMS[ROOMS.index(room(module)) :])
    if room(module) == "nets":
        allowed -= {"text"}  # side by side: neither knows of the other
    return rooms_used(module) - allowed


def test_rooms_use_only_those_below_them():
    assert {module: up for module in MODULES if (up := reach_up(module))} == {}


def test_the_check_above_sees_imports():
    assert rooms_used(LIB / "train" / "config.py") == {"nets", "text", "train"}
    assert rooms_used(LIB / "cli" / "train.py") >= {"generate", "train"}


def test_no_module_is_a_drawer_for_the_rest():
    drawers = {"utils", "util", "helpers", "common", "misc", "tools"}
    assert [module for module in MODULES if module.stem in drawers] == []


def test_a_module_fits_in_the_head():
    lengths = {m: len(m.read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert {module: n for module, n in lengths.items() if n > 250} == {}


def test_the_library_is_silent():
    calls = [
        f"{module}:{node.lineno}"
        for module in MODULES
        if room(module) != "checks"  # they speak to the learner
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert calls == []


def test_annotations_are_real():
    # As strings, the shapes of a dataclass's fields would not be checked.
    strings = [m for m in MODULES if "__future__.annotations" in imported(m)]
    assert strings == []


def test_what_is_public_says_what_it_is():
    silent = [
        m for m in MODULES if room(m) != "__main__" and not ast.get_docstring(tree(m))
    ]
    silent += [
        f"{module}:{node.lineno} {node.name}"
        for module in MODULES
        for node in tree(module).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_importing_the_package_loads_nothing_heavy():
    script = "import sys, heedful; print({'torch', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
