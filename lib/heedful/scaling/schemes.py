"""The same step by the pure schemes and by the best mixture, on any number of GPUs.

Derived in chapter 07.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from heedful.nets.language_config import LanguageModelConfig
from heedful.scaling.cluster import Cluster, training_step, utilisation
from heedful.scaling.plans import Plan, memory

SCHEMES = ("data", "sharded", "tensor", "pipeline", "mixed")


@dataclass(frozen=True)
class Outcome:
    """What a plan comes to: seconds of a step, share of the peak, bytes on a GPU."""

    plan: Plan
    seconds: float
    share: float
    n_bytes: int
    fits: bool


def outcome(
    cluster: Cluster, config: LanguageModelConfig, plan: Plan, length: int
) -> Outcome:
    """Time and memory of one plan. Raises `ValueError` as `training_step`."""
    available = cluster.node.gpu.memory
    if available is None:
        raise ValueError(f"no sheet tells the memory of {cluster.node.gpu.name}")
    n_bytes = sum(memory(config, plan, length).values())
    return Outcome(
        plan,
        training_step(cluster, config, plan, length).seconds,
        utilisation(cluster, config, plan, length),
        n_bytes,
        n_bytes <= available.value,
    )


def best(
    cluster: Cluster,
    config: LanguageModelConfig,
    scheme: str,
    n_gpus: int,
    rows: int,
    length: int,
) -> Outcome | None:
    """The fastest outcome of a scheme that fits, else the smallest, else None.

    Raises `ValueError` for an unknown scheme.
    """
    if scheme not in SCHEMES:
        known = ", ".join(map(repr, SCHEMES))
        raise ValueError(f"scheme={scheme!r} must be one of {known}")
    if scheme == "mixed":
        candidates = list(mixtures(cluster, config, n_gpus, rows))
    else:
        candidates = list(_pure(config, scheme, n_gpus, rows))
    found = [outcome(cluster, config, plan, length) for plan in candidates]
    fitting = [one for one in found if one.fits]
    if fitting:
        return min(fitting, key=lambda one: one.seconds)
    return min(found, key=lambda one: one.n_bytes, default=None)


def _pure(
    config: LanguageModelConfig, scheme: str, n_gpus: int, rows: int
) -> Iterator[Plan]:
    sizes = {"sharded": {"data": n_gpus, "sharded": 3}}.get(scheme, {scheme: n_gpus})
    for recompute in (False, True):
        yield from _possible(config, rows=rows, recompute=recompute, **sizes)


def mixtures(
    cluster: Cluster, config: LanguageModelConfig, n_gpus: int, rows: int
) -> Iterator[Plan]:
    """All ways to divide a step by the three together, Adam's state dealt out.

    In powers of two; `tensor` groups stay in a node, a stage has up to 4 chunks.
    """
    powers = [2**i for i in range(n_gpus.bit_length())]
    for tensor in (n for n in powers if n <= cluster.node.n_gpus):
        for pipeline in (n for n in powers if n_gpus % (tensor * n) == 0):
            for recompute in (False, True):
                for chunks in (1, 2, 4):
                    yield from _possible(
                        config, rows=rows, data=n_gpus // (tensor * pipeline),
                        tensor=tensor, pipeline=pipeline, chunks=chunks, sharded=1,
                        recompute=recompute,
                    )  # fmt: skip


def _possible(
    config: LanguageModelConfig, rows: int, recompute: bool, **sizes: int
) -> Iterator[Plan]:
    # None or one: what the checks of a plan let through.
    try:
        plan = replace(Plan(rows=rows, recompute=recompute), **sizes)
        plan.check(config)
    except ValueError:
        return
    yield plan
