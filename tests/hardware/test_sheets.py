"""The sheets against what multiplies out of them."""

import dataclasses
import re

import pytest

from heedful.hardware import (
    AD102,
    CPUS,
    GH100,
    GPUS,
    META_A100,
    META_H100,
    SELENE,
    Sheet,
    Stated,
)


def test_the_tree_of_ad102():
    # [NVIDIA, Ada whitepaper]: 12 GPCs, 72 TPCs, 144 SMs, 18,432 CUDA cores, 576
    # tensor cores; half of the lanes do integers, too.
    assert AD102.gpcs * AD102.tpcs == 72
    assert AD102.n_sms == 12 * 6 * 2 == 144
    assert AD102.tpcs * AD102.sms == 12  # in each of the 12 clusters
    assert AD102.lanes_per_sm == 128
    assert AD102.n_lanes == 18_432
    assert AD102.n_tensor_cores == 576
    assert AD102.n_sms * AD102.partitions * AD102.shared_lanes == 9_216


def test_the_tree_of_gh100():
    # [NVIDIA, H100 whitepaper]: 72 TPCs, 144 SMs, 18,432 FP32 cores, 576 tensor cores
    assert (GH100.gpcs * GH100.tpcs, GH100.n_sms) == (72, 144)
    assert (GH100.n_lanes, GH100.n_tensor_cores) == (18_432, 576)


@pytest.mark.parametrize(
    ("name", "n_lanes"), [("GeForce RTX 4090", 16_384), ("H100 SXM", 16_896)]
)
def test_lanes_and_clock_give_the_printed_peak(name, n_lanes):
    gpu = GPUS[name]
    assert gpu.n_lanes == n_lanes
    assert gpu.computed_fp32 == pytest.approx(gpu.fp32.value, abs=0.05e12)
    assert gpu.n_sms.value < gpu.die.n_sms  # some are switched off


def test_one_die_two_memories():
    h100, h200 = GPUS["H100 SXM"], GPUS["H200 SXM"]
    assert h100.bf16.value == h200.bf16.value
    assert h100.roofline().ridge > h200.roofline().ridge


def test_what_no_sheet_tells_is_not_made_up():
    with pytest.raises(ValueError, match="how many lanes B200 has"):
        _ = GPUS["B200"].n_lanes
    with pytest.raises(ValueError, match="fp32 peak of H200 SXM"):
        GPUS["H200 SXM"].roofline("fp32")
    with pytest.raises(ValueError, match="lanes a core of Core i9-14900K has"):
        _ = CPUS["Core i9-14900K"].n_lanes
    with pytest.raises(ValueError, match="clock of EPYC 9965"):
        _ = CPUS["EPYC 9965"].computed_fp32


def test_lanes_of_a_server():
    assert CPUS["EPYC 9965"].n_lanes == 6_144  # 192 cores, twice 512 bits
    # 128 cores of 32 lanes, two operations, two billion times a second
    assert CPUS["Xeon 6980P"].computed_fp32 == pytest.approx(16.384e12)


def test_every_number_has_a_sheet():
    for chip in (*GPUS.values(), *CPUS.values()):
        stated = [
            value
            for field in dataclasses.fields(chip)
            if isinstance(value := getattr(chip, field.name), Stated)
        ]
        assert len(stated) >= 1
        for number in stated:
            assert isinstance(number.sheet, Sheet) and number.value > 0
            assert number.sheet.url.startswith("https://")
            assert re.fullmatch(r"\d{4}-\d\d", number.sheet.read)
    for cpu in CPUS.values():
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", cpu.launched)


def test_wires_one_way():
    # NVLink by its links: 12 of the third generation and 18 of the fourth, 25 GB/s each
    assert SELENE.inside.value == 12 * 25e9
    assert META_H100.inside.value == 18 * 25e9
    for node, gbits in ((SELENE, 200), (META_H100, 400), (META_A100, 2000 / 8)):
        assert node.between.value == gbits * 1e9 / 8
        assert node.between.value < node.inside.value < node.gpu.bandwidth.value
        assert node.inside.sheet.url.startswith("https://")
