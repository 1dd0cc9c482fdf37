"""Several processes give what one gives, and what they exchange follows a formula.

In float32 sums come out a little different in another order. A weight may differ by
1e-6, losses by 1e-6 of themselves; Muon computes in bfloat16, where it is 1e-3.
Pairs, Muon, four processes, torchrun itself and going on with every scheme and in
another number of processes are for `make test-parallel`.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from heedful.hardware.rings import ALL_REDUCE, ring_bytes
from heedful.parallel.parts import load_parts, save_parts
from heedful.parallel.traffic import data_payload, sharded_payload, tensor_payload
from heedful.train import Run, RunError
from parallel.ranks import KILLED_IN, RECIPE, SCHEMES, TEXT, LanguageModel

ALL = "ALL_RANKS" in os.environ
in_full = pytest.mark.skipif(not ALL, reason="make test-parallel runs it")
SIZES = (2, 4) if ALL else (2,)
RESUMED = SCHEMES if ALL else SCHEMES[:1]
A_FEW = 200
"""Bytes of single numbers: loss, length of the gradient, signals."""


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """The folder that the program `ranks` filled."""
    folder = tmp_path_factory.mktemp("ranks")
    call("-m", "parallel.ranks", folder, *["all"] * ALL).check_returncode()
    return folder


def call(*args):
    """Python with these arguments, in the folder of the tests."""
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    here = Path(__file__).parents[1]
    command = [sys.executable, *map(str, args)]
    return subprocess.run(command, cwd=here, env=env, stderr=subprocess.PIPE, text=True)


def trained(there, name):
    found = json.loads((there / f"{name}.json").read_text())
    return found["rows"], found["payload"], load_file(there / f"{name}.safetensors")


def assert_same(one, many, *, loss, weight):
    for row, row_alone in zip(many[0], one[0], strict=True):
        for name in ("train_loss", "valid_loss"):
            assert row[name] == pytest.approx(row_alone[name], rel=loss)
    assert many[2].keys() == one[2].keys()
    for name in many[2]:
        torch.testing.assert_close(many[2][name], one[2][name], rtol=0, atol=weight)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_language_model_learns_the_same(there, scheme, size):
    one, many = trained(there, "1 data text"), trained(there, f"{size} {scheme} text")
    assert_same(one, many, loss=1e-6, weight=1e-6)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_written_in_parts_is_read_however_it_was_spread(there, scheme):
    expected = load_file(there / "whole" / "model.safetensors")
    for written in ("whole", *SCHEMES):
        got = load_file(there / f"{written} {scheme}")
        assert got.keys() == expected.keys()
        assert all(torch.equal(got[name], expected[name]) for name in expected)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_process_reads_the_parts_of_two(there, scheme):
    assert len(list((there / scheme).iterdir())) == 2
    model = LanguageModel(TEXT)
    load_parts(model, there / scheme)
    expected = load_file(there / "whole" / "model.safetensors")
    assert all(torch.equal(w, expected[k]) for k, w in model.state_dict().items())


def test_one_process_writes_parts_as_well_and_misses_none(tmp_path):
    model, other = LanguageModel(TEXT), LanguageModel(TEXT)
    with pytest.raises(RunError, match="has no weights"):
        load_parts(other, tmp_path)
    save_parts(model, tmp_path)
    load_parts(other, tmp_path)
    assert all(map(torch.equal, model.parameters(), other.parameters()))


@in_full
@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_encoder_decoder_with_padding_learns_the_same(there, scheme):
    one, many = trained(there, "1 data pairs"), trained(there, f"2 {scheme} pairs")
    assert_same(one, many, loss=1e-6, weight=1e-6)


@in_full
def test_muon_learns_the_same(there):
    one, many = trained(there, "1 data muon"), trained(there, "2 data muon")
    assert_same(one, many, loss=1e-4, weight=1e-3)


def test_every_weight_has_changed_much_more_than_the_tolerance(there):
    """Else the same weights would say nothing."""
    weights = trained(there, "1 data text")[2]
    start = LanguageModel(TEXT, torch.Generator().manual_seed(0)).state_dict()
    assert all((weights[name] - start[name]).abs().max() > 1e-4 for name in weights)


def test_one_process_sends_nothing(there):
    assert trained(there, "1 data text")[1] == {}


@pytest.mark.parametrize("size", SIZES)
def test_data_parallelism_exchanges_the_gradients(there, size):
    expected = data_payload(LanguageModel(TEXT))[ALL_REDUCE]
    assert 0 <= exchanged(there, size, "data", {})[ALL_REDUCE] - expected <= A_FEW


@pytest.mark.parametrize("size", SIZES)
def test_sharding_exchanges_weights_twice_and_gradients_once(there, size):
    expected = sharded_payload(LanguageModel(TEXT), size)
    rest = exchanged(there, size, "sharded", expected)
    assert 0 <= rest[ALL_REDUCE] <= A_FEW


@pytest.mark.parametrize("size", SIZES)
def test_tensor_parallelism_exchanges_activations(there, size):
    sublayers, length = 2 * TEXT.n_layers, TEXT.max_seq_len
    sizes = sublayers, RECIPE.batch_size, length, TEXT.d_model
    expected = tensor_payload(*sizes)[ALL_REDUCE]
    assert 0 <= exchanged(there, size, "tensor", {})[ALL_REDUCE] - expected <= A_FEW


def exchanged(there, size, scheme, expected):
    """What is left of the payload when the exactly expected is taken away."""
    payload = trained(there, f"{size} {scheme} text")[1]
    assert {kind: payload.pop(kind) for kind in expected} == expected
    assert set(payload) == {ALL_REDUCE}
    return payload


def test_of_a_ring_each_sends_its_share():
    # By hand: a ring of 4 with 12 bytes has pieces of 3; three are passed on to put
    # together, three to sum up, and six to do both.
    assert ring_bytes({"all-gather": 12}, 4) == 9
    assert ring_bytes({"reduce-scatter": 12}, 4) == 9
    assert ring_bytes({"all-reduce": 12}, 4) == 18


def test_sharding_sends_half_as_much_again_as_summing_up(there):
    """[Rajbhandari 2020, sec. 7.2.2], if all of the model is in layers."""
    layers = torch.nn.ModuleList([torch.nn.Linear(24, 20, bias=False)])
    model = torch.nn.Sequential(layers)
    summing = ring_bytes(data_payload(model), 4)
    assert ring_bytes(sharded_payload(model, 4), 4) == 1.5 * summing


@pytest.mark.parametrize("scheme", RESUMED)
def test_a_killed_process_ends_the_job_and_it_goes_on(there, scheme):
    whole, killed, again = (
        f"{scheme}-{n}" for n in ("whole", "killed", "killed again")
    )
    assert codes(there, whole) == codes(there, again) == [0, 0]
    assert codes(there, killed) == [1, -signal.SIGKILL]
    assert_went_on(there, killed, whole)
    assert Run.load(there / killed).record["processes"] == f"2, {scheme}"


def codes(there, name):
    return json.loads((there / f"{name}.codes").read_text())


def assert_went_on(there, killed, whole):
    said = (there / f"{killed}.txt").read_text()
    assert "heedful: process 0 of 2 has lost another: the same command goes on" in said
    assert "after step 2" in said
    assert "Traceback" not in said
    run = Run.load(there / killed)
    assert [row["step"] for row in run.losses] == [2, 4, 6]
    assert run.record["resumed"][0]["step"] == 2
    # Bit for bit, with a dropout of 0.3 that differs from process to process.
    weights = Run.load(there / whole).model.state_dict()
    for name, weight in run.model.state_dict().items():
        assert torch.equal(weight, weights[name]), name


@in_full
def test_torchrun_ends_the_job_and_names_the_killed_process(there):
    """Its report is on stderr; what the processes say is in the file."""
    torchrun = "torch.distributed.run", "--standalone", "--nproc-per-node", 2
    command = "-m", *torchrun, "-m", "parallel.ranks", there
    killed = call(*command, "torchrun", KILLED_IN)
    assert killed.returncode == 1
    _, cause = killed.stderr.split("Root Cause")
    assert re.search(r"rank +: 1 .*\n +exitcode +: -9 ", cause), cause
    assert call(*command, "torchrun again", 0).returncode == 0
    assert_went_on(there, "torchrun", "data-whole")


@in_full
def test_a_checkpoint_goes_from_two_processes_to_four_to_one(there):
    """Sharded, then cut by heads, then whole: nothing of weights or Adam is lost."""
    legs = [codes(there, f"relay {leg}") for leg in range(3)]
    lost, killed = 1, -signal.SIGKILL
    assert legs == [[lost, killed], [lost, killed, lost, lost], [0]]
    relay, alone = Run.load(there / "relay"), Run.load(there / "alone")
    assert [resumed["step"] for resumed in relay.record["resumed"]] == [2, 4]
    for name, weight in relay.model.state_dict().items():
        expected = alone.model.state_dict()[name]
        torch.testing.assert_close(weight, expected, rtol=0, atol=1e-6)


def test_the_first_process_alone_speaks(there):
    said = (there / "data-whole.txt").read_text()
    assert said.count("saved in") == said.count("right to the last character") == 1
