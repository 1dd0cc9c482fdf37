"""Pure schemes and mixtures: which exist, and which is chosen."""

import dataclasses

import pytest

from heedful.hardware import SELENE
from heedful.nets.language_config import gpt2
from heedful.scaling.cluster import Cluster, training_step
from heedful.scaling.plans import Plan, memory
from heedful.scaling.schemes import SCHEMES, best, mixtures, outcome

CLUSTER = Cluster(node=SELENE, attainable=0.6)
SMALL = gpt2(n_layers=12, n_heads=12)


def test_all_ways_to_divide():
    found = list(mixtures(CLUSTER, SMALL, n_gpus=16, rows=32))
    assert all(plan.n_gpus == 16 and plan.rows == 32 for plan in found)
    assert {plan.tensor for plan in found} == {1, 2, 4}  # 8 does not divide 12 heads
    assert {plan.pipeline for plan in found} == {1, 2, 4, 8}
    assert {plan.chunks for plan in found if plan.pipeline == 4} == {1, 2}  # of 3
    assert len(set(found)) == len(found)


def test_pure_schemes_end_where_there_is_nothing_to_divide():
    def there(scheme, n_gpus):
        return best(CLUSTER, SMALL, scheme, n_gpus, rows=16, length=64) is not None

    exist = {s: [n for n in (1, 4, 12, 16, 32) if there(s, n)] for s in SCHEMES}
    assert exist == {
        "data": [1, 4, 16],  # rows
        "sharded": [1, 4, 16],
        "tensor": [1, 4, 12],  # heads
        "pipeline": [1, 4, 12],  # layers
        "mixed": [1, 4, 16, 32],  # powers of two
    }


def test_the_best_is_the_fastest_that_fits():
    for n_gpus in (1, 8, 32):
        found = best(CLUSTER, SMALL, "mixed", n_gpus, rows=64, length=1024)
        others = mixtures(CLUSTER, SMALL, n_gpus, rows=64)
        times = [training_step(CLUSTER, SMALL, plan, 1024).seconds for plan in others]
        assert found.fits and found.seconds == min(times)


def test_what_does_not_fit_says_so():
    large = gpt2(d_model=4096, n_layers=36, n_heads=32)  # 7.5 billion: 120 GB
    alone, shards = (
        best(CLUSTER, large, scheme, 64, rows=64, length=1024)
        for scheme in ("data", "sharded")
    )
    assert not alone.fits and alone.n_bytes > 119e9 and alone.plan.recompute
    assert shards.fits and not shards.plan.recompute  # the faster of two
    assert shards.n_bytes == sum(memory(large, shards.plan, 1024).values())


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="scheme='magic' must be one of 'data'"):
        best(CLUSTER, SMALL, "magic", 1, rows=1, length=7)
    gpu = dataclasses.replace(SELENE.gpu, memory=None)
    cluster = Cluster(node=dataclasses.replace(SELENE, gpu=gpu), attainable=0.6)
    with pytest.raises(ValueError, match="memory of A100"):
        outcome(cluster, SMALL, Plan(rows=1), 7)
