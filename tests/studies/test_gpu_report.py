"""What `make gpu-report` does, on the CPU; the kernels' checks are in tests/kernels."""

import json
import math
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from heedful.hardware import GPUS
from heedful.nets import LanguageModel, gpt2
from heedful.scaling import parameters, training_flops
from heedful.studies import gpu_kernels, gpu_models, gpu_report, gpu_timing

pytestmark = pytest.mark.usefixtures("as_users_run_it")

TINY = gpt2(vocab_size=101, d_model=22, n_layers=2, n_heads=2, max_seq_len=37)
N_PARAMETERS = sum(parameters(TINY).values())


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_without_a_gpu_it_says_so_and_writes_nothing(tmp_path, no_gpu):
    (line,) = gpu_report.main([str(tmp_path)]).splitlines()
    assert line == "there is no GPU here: nothing was measured, nothing was written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["nowhere"], [".", "."]], ids=str)
def test_without_a_folder_it_asks_for_one(arguments):
    assert "give the folder that gpu.json shall lie in" in gpu_report.main(arguments)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_the_command_of_the_docstring_runs(tmp_path):
    command = gpu_report.COMMAND.split()
    assert gpu_report.COMMAND in gpu_report.__doc__
    done = subprocess.run(
        [sys.executable, *command[1:-1], tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("there is no GPU here")
    assert len(done.stderr.splitlines()) == 1 and list(tmp_path.iterdir()) == []


def test_a_check_that_fails_does_not_cost_the_others(tmp_path):
    def broken():
        raise RuntimeError("out of luck")

    checks = {"one": lambda: {"a": 1}, "two": broken, "three": lambda: [2.5]}
    about = {"name": "none"}
    told = gpu_report.record(tmp_path, checks, lambda: about)
    assert told == json.loads((tmp_path / gpu_report.FILE).read_text())
    assert told["one"] == {"a": 1} and told["three"] == [2.5] and "two" not in told
    assert told["failed"] == {"two": "RuntimeError: out of luck"}
    assert set(told["seconds"]) == set(checks)
    assert told["gpu"] == about and told["command"] == gpu_report.COMMAND
    assert told["circumstances"]["torch"] == torch.__version__
    assert gpu_report.disagreements(told) == ["two: RuntimeError: out of luck"]


def test_what_was_measured_is_there_even_if_the_program_is_ended(tmp_path):
    def ended():
        raise KeyboardInterrupt

    checks = {"one": lambda: 1, "two": ended}
    with pytest.raises(KeyboardInterrupt):
        gpu_report.record(tmp_path, checks, dict)
    assert json.loads((tmp_path / gpu_report.FILE).read_text())["one"] == 1


def test_no_check_begins_when_the_time_is_over(tmp_path):
    told = gpu_report.record(tmp_path, {"late": lambda: 1}, dict, limit=-1.0)
    assert "late" not in told and told["failed"]["late"].startswith("not begun")


def test_a_kernel_unlike_its_twin_is_told():
    row = dict(kernel="softmax", dtype="float32", difference=0.25, allowed=1e-5)
    told = {"failed": {}, "agreement": [row | dict(agrees=False)]}
    (line,) = gpu_report.disagreements(told)
    assert line == "softmax in float32 is 2.5e-01 from its twin, 1e-05 is allowed"
    told["agreement"][0]["agrees"] = True
    assert gpu_report.disagreements(told) == []


def test_the_share_of_the_sheet_and_of_the_ceiling(monkeypatch):
    here = SimpleNamespace(
        name="NVIDIA H100 80GB HBM3", total_memory=85e9, multi_processor_count=132,
        major=9, minor=0,
    )  # fmt: skip
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: here)
    told = {"gpu": gpu_report.gpu(), "ceilings": {"bfloat16": 800e12}}
    told["training"] = {"operations_per_second": 400e12}
    assert told["gpu"]["sheet"] == {"name": "H100 SXM", "bf16": 989.5e12}
    shares = gpu_report.utilisation(told)["training"]
    assert shares == pytest.approx({"sheet": 0.404, "product": 0.5}, rel=1e-3)
    here.name = "one without a sheet"
    assert gpu_report.gpu()["sheet"] is None


def test_every_sheet_that_the_report_names_is_there():
    assert set(gpu_report.SHEETS.values()) == set(GPUS)


def test_the_fastest_wins_and_what_does_not_fit_is_told(monkeypatch):
    def run(candidate):
        if candidate == (3,):
            raise RuntimeError("out of resources")
        return candidate

    took = {(2,): 0.3, (5,): 0.1}
    monkeypatch.setattr(gpu_timing, "seconds", lambda run, device: took[run()])
    best, rows = gpu_timing.fastest([(2,), (3,), (5,)], run, "cpu")
    assert best == (5,)
    assert [row.get("seconds") for row in rows] == [0.3, None, 0.1]
    assert rows[1]["error"] == "RuntimeError: out of resources"
    with pytest.raises(ValueError, match="none of 1 candidates runs: RuntimeError"):
        gpu_timing.fastest([(3,)], run, "cpu")


def test_seconds_are_a_median_of_runs_behind_two_that_do_not_count(monkeypatch):
    calls = []
    assert gpu_timing.seconds(lambda: calls.append(1), "cpu", total=0.0) > 0
    assert len(calls) == 2 + 3


def test_ceilings_are_measured():
    found = gpu_kernels.ceilings("cpu", n=31, n_bytes=4096)
    assert set(found) == {"float32", "bfloat16", "bandwidth"}
    assert all(math.isfinite(x) and x > 0 for x in found.values())


@pytest.mark.parametrize("in_tiles", [True, False])
def test_training_learns_its_batch_and_counts_what_it_does(in_tiles):
    told = gpu_models.training(
        "cpu", TINY, in_tiles, batch_size=3, length=29, total=0.2, backend="eager"
    )
    first, last = told["losses"]
    assert last < first < 1.1 * math.log(101)
    per_step = told["seconds_per_step"]
    assert told["tokens_per_second"] * per_step == pytest.approx(3 * 29)
    operations = 3 * training_flops(TINY, n_new=29)
    assert told["operations_per_second"] * per_step == pytest.approx(operations)
    assert told["config"]["n_parameters"] == N_PARAMETERS
    json.dumps(told)


def test_the_model_of_the_report_has_124_million_parameters():
    with torch.device("meta"):
        model = LanguageModel(gpu_models.CONFIG)
    n_parameters = sum(weight.numel() for weight in model.parameters())
    assert round(n_parameters / 1e6) == 124


def test_generation_is_measured_for_each_batch_size():
    told = gpu_models.generation("cpu", TINY, (1, 3), prompt=5, max_new=7)
    assert told["weight_bytes"] == 2 * N_PARAMETERS  # bfloat16
    assert [row["batch_size"] for row in told["rows"]] == [1, 3]
    for row in told["rows"]:
        tokens = row["tokens_per_second"] * row["seconds_per_token"]
        assert tokens == pytest.approx(row["batch_size"])
