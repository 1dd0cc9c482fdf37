"""Seconds of a step: by hand, in the limits, and against what ranks send each other."""

import dataclasses

import pytest

from heedful.hardware import META_H100, SELENE, Node
from heedful.hardware.rings import ring_bytes
from heedful.nets import LanguageModel
from heedful.nets.language_config import LanguageModelConfig, gpt2
from heedful.parallel import traffic
from heedful.scaling import operations, training_flops
from heedful.scaling.cluster import Cluster, step_flops, training_step, utilisation
from heedful.scaling.plans import Plan

SMALL = LanguageModelConfig(
    vocab_size=55, d_model=70, n_layers=6, n_heads=35, d_ff=110, max_seq_len=29
)
T = 29
IDEAL = Cluster(node=SELENE, attainable=1.0, latency=0.0)
FP32 = 2  # times the bytes of 16 bits


def test_one_gpu_only_computes():
    plan = Plan(rows=6, micro=3)
    found = training_step(IDEAL, SMALL, plan, T)
    roof = SELENE.gpu.roofline()
    parts = operations(SMALL, n_new=T, batch=3, fused=True).values()
    by_hand = 2 * 3 * sum(roof.seconds(op.flops, op.n_bytes) for op in parts)
    assert found.seconds == found.arithmetic == pytest.approx(by_hand)
    assert training_step(
        dataclasses.replace(IDEAL, attainable=0.25), SMALL, plan, T
    ).seconds == (pytest.approx(4 * by_hand))


def test_going_forth_twice_is_a_fourth_pass():
    once, twice = (
        training_step(IDEAL, SMALL, Plan(rows=6, recompute=again), T).seconds
        for again in (False, True)
    )
    roof = SELENE.gpu.roofline()
    parts = operations(SMALL, n_new=T, fused=True)
    forth = sum(
        roof.seconds(op.flops, op.n_bytes)
        for name, op in parts.items()
        if name != "output"
    )
    assert twice - once == pytest.approx(6 * forth)


def test_gradients_by_hand():
    # Two nodes of four: a ring of 8 leaves each node by 4 cards of 25 GB/s.
    found = training_step(IDEAL, SMALL, Plan(rows=16, data=16, overlap=0.0), T)
    model = LanguageModel(SMALL)
    n_weights = sum(w.numel() for w in model.parameters())
    sent = 2 * 15 / 16 * 2 * n_weights
    assert found.between_groups == pytest.approx(sent / (8 * 25e9))
    inside = training_step(IDEAL, SMALL, Plan(rows=7, data=7, overlap=0.0), T)
    assert inside.between_groups == pytest.approx(2 * 6 / 7 * 2 * n_weights / 300e9)
    # With tensor groups of 5, only one of them has room in a node of 8.
    alone = training_step(IDEAL, SMALL, Plan(rows=3, data=3, tensor=5, overlap=0.0), T)
    expected = 2 * 2 / 3 * 2 * n_weights / 5 / 25e9
    assert alone.between_groups == pytest.approx(expected)


def test_what_is_sent_is_what_processes_send():
    # `heedful.parallel` counts it in real processes, in float32.
    model = LanguageModel(SMALL)
    data = training_step(IDEAL, SMALL, Plan(rows=5, data=5, overlap=0.0), T)
    payload = ring_bytes(traffic.data_payload(model), 5)
    assert FP32 * data.between_groups * 300e9 == pytest.approx(payload)

    tensor = training_step(IDEAL, SMALL, Plan(rows=3, tensor=5, overlap=0.0), T)
    n_sublayers = 2 * SMALL.n_layers
    payload = ring_bytes(traffic.tensor_payload(n_sublayers, 3, T, SMALL.d_model), 5)
    assert FP32 * tensor.within_layers * 300e9 == pytest.approx(payload)

    plan = Plan(rows=5, data=5, sharded=3, overlap=0.0)
    sharded = training_step(IDEAL, SMALL, plan, T).between_groups
    payload = ring_bytes(traffic.sharded_payload(model, 5), 5)
    # The processes keep what is outside of the layers; here it is gathered twice, too.
    kept = sum(
        w.numel() for name, w in model.named_parameters() if "blocks" not in name
    )
    assert FP32 * sharded * 300e9 == pytest.approx(payload + 4 / 5 * 4 * kept, rel=0.02)


def test_hops_by_hand():
    cluster = dataclasses.replace(IDEAL, latency=3e-6)
    kind = "all-reduce"
    assert cluster.ring(kind, 700, size=7, near=7) == pytest.approx(
        2 * 6 * 3e-6 + 2 * 6 / 7 * 700 / 300e9
    )
    assert cluster.ring("all-gather", 700, size=7, near=1) == pytest.approx(
        6 * 3e-6 + 6 / 7 * 700 / 25e9
    )
    assert cluster.ring(kind, 700, size=1, near=1) == 0


@pytest.mark.parametrize("chunks", [1, 2])
def test_the_bubble(chunks):
    # [Narayanan 2021, sec. 2.2]: (p - 1) / (v m) of the time that is computed
    config = gpt2(vocab_size=1, n_layers=6)
    plan = Plan(rows=14, pipeline=3, chunks=chunks)
    found = training_step(IDEAL, config, plan, 1024)
    assert found.waiting / found.arithmetic == pytest.approx(2 / chunks / 14, rel=0.06)


def test_many_micro_batches_fill_the_pipeline():
    def waits(rows):
        found = training_step(IDEAL, SMALL, Plan(rows=rows, pipeline=3), T)
        return found.waiting / found.seconds

    one, ten, many = (waits(rows) for rows in (1, 10, 10_000))
    assert one == pytest.approx(2 / 3, abs=0.05)  # one of three stages works
    assert one > ten > many
    uneven = dataclasses.replace(SMALL, n_layers=5)
    # Of 6 places one is empty, and the output matrix is in it.
    found = training_step(IDEAL, uneven, Plan(rows=10_000, pipeline=3), T)
    assert found.waiting / found.seconds < 1 / 6


def test_stages_hand_on_what_a_layer_makes():
    found = training_step(IDEAL, SMALL, Plan(rows=11, pipeline=3, overlap=0.0), T)
    handed_on = 11 * 2 * 2 * T * SMALL.d_model  # forth and back, in 16 bits
    assert found.between_stages == pytest.approx(handed_on / 300e9)
    far = training_step(
        IDEAL, SMALL, Plan(rows=11, pipeline=3, tensor=5, overlap=0.0), T
    )
    assert far.between_stages == pytest.approx(handed_on / 5 / 25e9)


def test_what_can_hide_does():
    def between(overlap, sharded):
        plan = Plan(rows=40, data=40, sharded=sharded, overlap=overlap)
        return training_step(IDEAL, SMALL, plan, T).between_groups

    for sharded in (0, 3):
        shown = [between(share, sharded) for share in (0.0, 0.5, 1.0)]
        assert shown == sorted(shown, reverse=True) and shown[0] > shown[2] >= 0


def test_tensor_groups_suffer_beyond_the_node():
    wide = gpt2(vocab_size=55, d_model=4096, n_layers=3, n_heads=32)
    cluster = Cluster(node=META_H100, attainable=0.6)

    def share(tensor):
        return utilisation(cluster, wide, Plan(rows=4, tensor=tensor), 1024)

    shares = [share(n) for n in (1, 2, 4, 8, 16, 32)]
    assert shares == sorted(shares, reverse=True)
    assert shares[4] / shares[3] < 0.6 < shares[2] / shares[1]


def test_more_gpus_are_never_better_used_in_data_parallel():
    config = gpt2(max_seq_len=1024)
    cluster = Cluster(node=SELENE, attainable=0.6)
    found = [
        training_step(cluster, config, Plan(rows=512, data=2**i), 1024).seconds
        for i in range(8)
    ]
    assert found == sorted(found, reverse=True)
    spent = [seconds * 2**i for i, seconds in enumerate(found)]
    assert spent == sorted(spent)


def test_a_long_ring_waits_for_its_hops():
    tiny = gpt2(n_layers=1, d_model=64, n_heads=4)
    cluster = Cluster(node=SELENE, attainable=0.6, latency=1e-5)
    found = training_step(cluster, tiny, Plan(rows=4096, data=4096, overlap=0.0), 16)
    assert found.between_groups == pytest.approx(2 * 4095 * 1e-5, rel=0.01)


def test_operations_of_a_step():
    plan = Plan(rows=6, recompute=True)
    assert step_flops(SMALL, plan, T) == 6 * training_flops(SMALL, n_new=T)
    # [Narayanan 2021, eq. 3], with what is done again
    B, s, h, layers, V = 6, 17, 52, 3, 59
    config = gpt2(vocab_size=V, d_model=h, n_layers=layers, n_heads=13, max_seq_len=s)
    expected = 96 * B * s * layers * h**2 * (1 + s / (6 * h) + V / (16 * layers * h))
    assert step_flops(config, plan, s, again=True) == pytest.approx(expected)


def test_nonsense_is_refused():
    assert isinstance(SELENE, Node)
    with pytest.raises(ValueError, match=r"attainable=1.2 must be in \(0, 1\]"):
        Cluster(node=SELENE, attainable=1.2)
    with pytest.raises(ValueError, match="n_heads=35 is not divisible by tensor=3"):
        training_step(IDEAL, SMALL, Plan(rows=1, tensor=3), T)
