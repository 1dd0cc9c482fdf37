"""The checks of `make gpu-report` that run kernels, at sizes for an interpreter."""

import json

import pytest
import torch

from heedful.hardware import kernels
from heedful.studies import gpu_agreement, gpu_kernels

pytestmark = pytest.mark.usefixtures("as_users_run_it")


def test_every_kernel_agrees_with_its_twin(device, half):
    dtypes = ("float32", str(half).removeprefix("torch."))
    rows = gpu_agreement.agreement(device, n=11, length=37, dtypes=dtypes)
    assert len(rows) == 2 * 6 and len({row["kernel"] for row in rows}) == 6
    assert all(row["agrees"] for row in rows), rows
    json.dumps(rows)


def test_a_kernel_that_is_wrong_does_not_agree(device, monkeypatch):
    right = kernels.online_softmax
    monkeypatch.setattr(kernels, "online_softmax", lambda x: right(x) + 1e-3)
    rows = gpu_agreement.agreement(device, n=5, length=17, dtypes=("float32",))
    assert [row["kernel"] for row in rows if not row["agrees"]] == ["online_softmax"]


def test_products_are_timed_for_every_size(device, half):
    dtype = str(half).removeprefix("torch.")
    told = gpu_kernels.matmul_sweep(device, (17, 37), dtype)
    assert [row["size"] for row in told["rows"]] == [17, 37]
    assert all(row["ours"] > 0 and row["torch"] > 0 for row in told["rows"])
    assert told["tiles"]["m"] == 128
    json.dumps(told)


def test_softmaxes_are_timed(device):
    told = gpu_kernels.softmaxes(device, n_rows=3, n_columns=47)
    assert told["least_bytes"] == 2 * 4 * 3 * 47
    assert set(told["seconds"]) == {"torch", "three passes", "online"}


def test_attention_is_timed_and_weighed_in_three_ways(device, half, monkeypatch):
    def short_of_memory(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    tiles = [(16, 16, 4, 2), (16, 32, 4, 2)]
    told = gpu_kernels.attentions(
        device, (17, 23), 2, 16, str(half).removeprefix("torch."), tiles, tiles, 17
    )
    assert tuple(told["tiles"]["forward"]) in tiles
    assert len(told["tried"]["forward"]) == len(told["rows"]) // 6 == 2
    assert told["rows"][0]["operations"] == 4 * 2 * 17**2 * 16
    assert {row["way"] for row in told["rows"]} == {"matrix", "sdpa", "ours"}
    assert all(row["both"] > 0 and row["peak_bytes"] > 0 for row in told["rows"])
    json.dumps(told)
    monkeypatch.setattr(gpu_kernels, "attend", short_of_memory)
    told = gpu_kernels.attentions(
        device, (17,), 1, 16, "float32", tiles[:1], tiles[:1], 17
    )
    for row in told["rows"]:
        assert row.get("error") == ("out of memory" if row["way"] == "matrix" else None)
