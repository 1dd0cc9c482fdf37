import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TARGETS = (
    "book",
    "test",
    "test-faults",
    "mutants",
    "lint",
    "lab",
    "train",
    "real-models",
    "nbgrader",
    "test-kernels",
    "gpu-report",
    "systems",
    "clean",
)

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


def make(*args, cwd=ROOT):
    # `make test` hands its own flags to any make below it.
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *args], cwd=cwd, env=env, capture_output=True, text=True, timeout=60
    )


def recipe(target):
    done = make("-n", target)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def bare(tmp_path):
    """A folder with what `make` reads and nothing else."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("args", [[], ["help"]], ids=str)
def test_make_lists_its_targets(args):
    done = make(*args)
    assert done.returncode == 0
    listed = dict(re.findall(r"^  make ([\w-]+) +(\S.*)$", done.stdout, re.MULTILINE))
    assert set(TARGETS) <= set(listed)
    assert len(done.stdout.splitlines()) == len(listed)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_runs_even_if_a_file_has_its_name(bare, target):
    (bare / target).write_text("")
    done = make("-n", target, cwd=bare)
    assert done.returncode == 0
    assert done.stdout.strip()
    assert "up to date" not in done.stdout


def test_a_warning_fails_the_book():
    assert re.search(r"jupyter-book build .* -W -n --keep-going", recipe("book"))


def test_the_tests_run_on_pages_that_were_built():
    commands = recipe("test")
    assert "--nbval-lax" in commands
    assert "exercises/*/solutions.ipynb" in commands
    assert commands.index("jupyter-book build") < commands.index("pytest")


@pytest.mark.parametrize(
    "tool",
    [
        "ruff format --check",
        "ruff check",
        "pyright",
        "codespell",
        "notebooks",
        "pages.py",
    ],
)
def test_lint_asks_every_tool_and_changes_nothing(tool):
    commands = recipe("lint")
    assert tool in commands
    assert "--fix" not in commands


def test_train_is_the_command_of_the_readme():
    assert "heedful train numbers" in recipe("train")


def test_clean_keeps_the_installed_packages(bare):
    for name in ("_build/html/index.html", ".venv/.ready", "lib/kept.py"):
        (bare / name).parent.mkdir(parents=True)
        (bare / name).write_text("")
    assert make("clean", cwd=bare).returncode == 0
    assert not (bare / "_build").exists()
    assert (bare / ".venv" / ".ready").exists()
    assert (bare / "lib" / "kept.py").exists()


def test_an_old_python_is_refused_before_anything_is_installed(bare):
    old = bare / "python3.9"
    code = "import sys; sys.version_info = (3, 9, 2); exec(sys.argv[1])"
    old.write_text(f"#!/bin/sh\nshift\nexec '{sys.executable}' -c '{code}' \"$1\"\n")
    old.chmod(0o755)
    done = make("lint", f"PYTHON={old}", cwd=bare)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed, this is 3.9" in done.stderr
    assert not (bare / ".venv").exists()


def test_what_decides_a_change_only_calls_make():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ["set -e", 'cd "$(dirname "$0")/.."', "exec make lint test"]


@pytest.mark.parametrize("file", sorted(ROOT.glob(".github/workflows/*.yml")), ids=str)
def test_workflows_only_call_make(file):
    commands = re.findall(r"^ *(?:- )?run: *(.*)$", file.read_text(), re.MULTILINE)
    assert commands
    for command in commands:
        assert re.fullmatch(r"make \w+", command)
