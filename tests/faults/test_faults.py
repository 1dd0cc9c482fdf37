"""The faults of `make test-faults`, each a few times."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .__main__ import FAULTS

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="children are forked and watched by /proc"
)
TESTS = Path(__file__).parent.parent
FEW = {fault: few for fault, (_, few, _) in FAULTS.items() if few}
ROOTS = "full disk, a real one"


def faults(*options, lib=None):
    """A process of its own: in this one there are threads, so it must not fork."""
    path = os.pathsep.join(filter(None, [lib, os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", "faults", "--few", *options],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": path, "OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def table():
    done = faults()
    return done.stdout + done.stderr


def row(table, fault):
    """How often the fault was tried, survived and lost."""
    found = re.search(rf"^{re.escape(fault)} +(\d+) +(\d+) +(\d+)$", table, re.M)
    assert found, table
    return tuple(map(int, found.groups()))


@pytest.mark.parametrize("fault", FEW)
def test_a_run_survives(table, fault):
    if f"{fault}  " in table and "only root" in table and fault == ROOTS:
        pytest.skip("only root may make a file system")
    assert row(table, fault) == (FEW[fault], FEW[fault], 0), table


def test_a_training_that_forgets_is_found_out(tmp_path):
    """The table is worth something only if it can say that a run was lost."""
    (tmp_path / "sitecustomize.py").write_text(
        "import heedful.train.engine as engine\n"
        "def remember(model, optimizers, tensors):\n"
        "    pass\n"
        "engine.remember = remember\n"
    )
    done = faults("Ctrl-C", lib=os.fspath(tmp_path))
    tried, survived, lost = row(done.stdout, "Ctrl-C, SIGTERM, SIGHUP")
    assert done.returncode == 1
    assert lost > 0 and survived + lost == tried
    assert "it ended otherwise" in done.stdout
