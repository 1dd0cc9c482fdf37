"""What a training step takes on many GPUs: a model with a handful of inputs.

Arithmetic: each operation takes as long as the roofline says (`operations`), with one
share of the sheet's numbers that is reached in practice. Sending: a collective takes a
latency for each hop and its bytes over the bandwidth, in rings (`ring_bytes`). Wires
reach their sheets: NVLink in a ring inside a node, the network cards of as many GPUs as
it has in each in one through several.

Left out: launching programs, the optimiser's own arithmetic, reading data, stragglers,
faults, and wires that others are using. Derived in chapter 07.
"""

from dataclasses import dataclass
from typing import NamedTuple

from heedful.hardware import Node
from heedful.hardware.rings import (
    ALL_GATHER,
    ALL_REDUCE,
    REDUCE_SCATTER,
    ROUNDS,
    ring_bytes,
)
from heedful.nets.language_config import LanguageModelConfig
from heedful.scaling.flops import flops
from heedful.scaling.operations import operations
from heedful.scaling.parameters import parameters
from heedful.scaling.plans import HALF, Plan, layers_of_a_stage

WHOLE = ("norms", "additions")
"""What every GPU of a `tensor` group does for itself."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Nodes of a kind. `attainable` is the share of their sheets that is reached.

    `latency` is in seconds for each hop.
    """

    node: Node
    attainable: float
    latency: float = 1e-5

    def __post_init__(self):
        if not 0 < self.attainable <= 1:
            raise ValueError(f"attainable={self.attainable} must be in (0, 1]")

    def bandwidth(self, size: int, near: int) -> float:
        """Bytes per second that each place of a ring can send.

        Of its `size` places up to `near` lie in a node, and share the cards of as many
        GPUs.
        """
        inside, between = self.node.inside.value, self.node.between.value
        slowest = inside if size <= near else min(inside, near * between)
        return float(slowest)

    def ring(
        self, kind: str, n_bytes: int, size: int, near: int, n_calls: int = 1
    ) -> float:
        """Seconds for `n_calls` collectives, of `n_bytes` in all, in a ring."""
        n_hops = n_calls * ROUNDS[kind] * (size - 1)
        sent = ring_bytes({kind: n_bytes}, size)
        return n_hops * self.latency + sent / self.bandwidth(size, near)


class Step(NamedTuple):
    """Seconds of a training step, by what the GPUs spend them on.

    `arithmetic` on average, `waiting` for a stage of the pipeline that is not ready.
    The rest is sending that is not hidden: within layers, from stage to stage, and
    gradients or shards of weights.
    """

    arithmetic: float
    waiting: float
    within_layers: float
    between_stages: float
    between_groups: float

    @property
    def seconds(self) -> float:
        """The whole step."""
        return sum(self)


def training_step(
    cluster: Cluster, config: LanguageModelConfig, plan: Plan, length: int
) -> Step:
    """How long a step takes on rows of `length` tokens.

    Raises `ValueError` if the model cannot be divided so.
    """
    plan.check(config)
    n_layers, n_micro = layers_of_a_stage(config, plan), plan.n_micro
    layer, output = _passes(cluster, config, plan, length)
    # A stage with a layer less has room for the output matrix.
    spare = n_layers * plan.pipeline - config.n_layers > 0
    slowest = max(n_layers * layer, (n_layers - spare) * layer + output)
    average = (config.n_layers * layer + output) / plan.pipeline

    handed_on = HALF * plan.micro * length * config.d_model
    near = min(plan.tensor, cluster.node.n_gpus)
    n_sums = 2 * n_layers * (3 if plan.recompute else 2)
    n_bytes = n_sums * handed_on
    sums = cluster.ring(ALL_REDUCE, n_bytes, plan.tensor, near, n_sums)

    far = plan.tensor * plan.pipeline > cluster.node.n_gpus
    wire = cluster.bandwidth(2, 1 if far else 2)
    hop = cluster.latency + handed_on / plan.tensor / wire
    hops = 2 * plan.chunks * hop if plan.pipeline > 1 else 0.0
    hops = max(0.0, hops - plan.overlap * slowest)

    one = slowest + sums + hops
    bubble = (plan.pipeline - 1) / plan.chunks * one
    return Step(
        arithmetic=n_micro * average,
        waiting=n_micro * (slowest - average) + bubble,
        within_layers=n_micro * sums,
        between_stages=n_micro * hops,
        between_groups=_between_groups(cluster, config, plan, slowest),
    )


def _passes(
    cluster: Cluster, config: LanguageModelConfig, plan: Plan, length: int
) -> tuple[float, float]:
    # Seconds of one layer and of the output matrix, for a micro-batch, all passes.
    roof = cluster.node.gpu.roofline()
    forth = {
        name: roof.seconds(op.flops, op.n_bytes)
        / (cluster.attainable * (1 if name in WHOLE else plan.tensor))
        for name, op in operations(
            config, n_new=length, batch=plan.micro, fused=plan.fused
        ).items()
    }
    output = 3 * forth.pop("output")  # on the way back twice as much as forth
    return (4 if plan.recompute else 3) * sum(forth.values()) / config.n_layers, output


def _between_groups(
    cluster: Cluster, config: LanguageModelConfig, plan: Plan, slowest: float
) -> float:
    n_bytes = HALF * sum(parameters(config).values()) // (plan.tensor * plan.pipeline)
    near = min(plan.data, max(1, cluster.node.n_gpus // plan.tensor))
    size = plan.data
    if plan.sharded < 3:
        sending = cluster.ring(ALL_REDUCE, n_bytes, size, near)
        passes = 4 if plan.recompute else 3
        back = (passes - 1) / passes * slowest  # of the last micro-batch
        return max(0.0, sending - plan.overlap * back)
    # A layer at a time, else the shards would have been for nothing.
    n_calls = layers_of_a_stage(config, plan)
    gather = cluster.ring(ALL_GATHER, n_bytes, size, near, n_calls)
    scatter = cluster.ring(REDUCE_SCATTER, n_bytes, size, near, n_calls)
    return plan.n_micro * max(0.0, 2 * gather + scatter - plan.overlap * slowest)


def step_flops(
    config: LanguageModelConfig, plan: Plan, length: int, again: bool = False
) -> int:
    """Operations of a step, of all GPUs. `again` counts what is recomputed, too."""
    forth = flops(config, n_new=length)
    output = 3 * forth.pop("output")
    passes = 4 if again and plan.recompute else 3
    return plan.rows * (passes * sum(forth.values()) + output)


def utilisation(
    cluster: Cluster,
    config: LanguageModelConfig,
    plan: Plan,
    length: int,
    again: bool = False,
) -> float:
    """Share of the sheets' peak that a step uses (`again` as in `step_flops`)."""
    peak = plan.n_gpus * cluster.node.gpu.bf16.value
    seconds = training_step(cluster, config, plan, length).seconds
    return step_flops(config, plan, length, again) / seconds / peak
