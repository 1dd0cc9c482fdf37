"""Dealing out a step: what the published accounts of memory say."""

import dataclasses

import pytest

from heedful.nets.language_config import LanguageModelConfig, gpt2
from heedful.scaling import parameters
from heedful.scaling.plans import Plan, memory
from heedful.scaling.trainings import MEGATRON

SMALL = gpt2(vocab_size=11, d_model=28, n_layers=6, n_heads=14, max_seq_len=13)


@pytest.mark.parametrize(
    ("sharded", "printed"), [(0, 120.0), (1, 31.4), (2, 16.6), (3, 1.9)]
)
def test_states_of_the_zero_paper(sharded, printed):
    # [Rajbhandari 2020, fig. 1]: 7.5 billion parameters, 64 GPUs, K = 12
    config = MEGATRON[2].config
    n = sum(parameters(config).values())
    plan = Plan(rows=64, data=64, sharded=sharded)
    parts = memory(config, plan, length=2048)
    held = sum(parts[name] for name in ("weights", "gradients", "optimiser"))
    assert held / n * 7.5 == pytest.approx(printed, abs=0.05)


def test_activations_of_a_layer():
    # [Korthikanti 2022, eq. 1] without dropout and what it keeps: s b h (34 - 2) and
    # 2 a s s b of softmax, in bytes.
    config, s, b = SMALL, 13, 3
    h, a, L = config.d_model, config.n_heads, config.n_layers
    held = memory(config, Plan(rows=b, micro=b, fused=False), s)["activations"]
    formula = L * (32 * s * b * h + 2 * a * s * s * b)
    assert held == pytest.approx(formula, rel=0.06)
    fused = memory(config, Plan(rows=b, micro=b), s)["activations"]
    assert fused == pytest.approx(L * 32 * s * b * h, rel=0.06)


def test_keeping_only_what_goes_in():
    config, s, b = SMALL, 13, 3
    held, kept = (
        memory(config, Plan(rows=b, micro=b, recompute=again), s)["activations"]
        for again in (False, True)
    )
    inputs = config.n_layers * 2 * s * b * config.d_model
    assert kept == pytest.approx(inputs + held / config.n_layers, rel=1e-3)


def test_a_pipeline_is_full_of_micro_batches():
    def held(**plan):
        return memory(SMALL, Plan(**plan), 13)["activations"]

    assert held(rows=5, pipeline=3) == held(rows=3)  # 3 under way, of a third each
    assert held(rows=2, pipeline=3) == pytest.approx(2 / 3 * held(rows=1), rel=1e-3)
    assert held(rows=5, pipeline=4) == pytest.approx(4 * 2 / 6 * held(rows=1), rel=1e-3)


def test_tensor_parallel_leaves_the_norms_whole():
    # Of 32 s b h, norms keep 8; the other 24 are dealt out [Korthikanti 2022, eq. 2].
    one, seven = (
        memory(SMALL, Plan(rows=1, tensor=tensor), 13)["activations"]
        for tensor in (1, 7)
    )
    assert seven / one == pytest.approx((8 + 24 / 7) / 32, rel=0.06)


def test_every_published_run_fits_by_its_weights():
    for run in MEGATRON:
        held = memory(run.config, run.plan, run.length)
        assert sum(held.values()) < run.node.gpu.memory.value


def test_a_plan_counts():
    plan = Plan(rows=66, data=11, tensor=5, pipeline=3, micro=2)
    assert (plan.n_gpus, plan.n_micro) == (165, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(rows=10, data=4), "rows=10 cannot be dealt to data=4 groups"),
        (dict(rows=10, data=5, micro=4), "micro=4 at a time"),
        (dict(rows=10, pipeline=0), "pipeline=0 must be at least 1"),
        (dict(rows=10, sharded=4), "sharded=4 must be 0, 1, 2 or 3"),
        (dict(rows=10, chunks=2), "chunks=2 needs a pipeline"),
        (dict(rows=10, overlap=1.5), "overlap=1.5 must be between 0 and 1"),
    ],
)
def test_a_wrong_plan_says_why(wrong, message):
    with pytest.raises(ValueError, match=message):
        Plan(**wrong)


def test_a_model_that_cannot_be_divided_says_why():
    config = dataclasses.replace(SMALL, n_layers=5)
    with pytest.raises(ValueError, match="n_heads=14 is not divisible by tensor=4"):
        memory(config, Plan(rows=1, tensor=4), 13)
    with pytest.raises(ValueError, match="n_layers=5 are too few for pipeline=3 stag"):
        memory(config, Plan(rows=6, pipeline=3, chunks=3), 13)


def test_a_stage_that_is_not_full_counts_as_the_fullest():
    config = LanguageModelConfig(vocab_size=7, d_model=4, n_layers=5, n_heads=2, d_ff=6)
    full = dataclasses.replace(config, n_layers=6)
    plan = Plan(rows=1, pipeline=3)
    found, at_most = (memory(c, plan, 7)["activations"] for c in (config, full))
    assert found == pytest.approx(at_most, rel=0.1)
