"""Computers with several GPUs, and the wires inside and between them.

Bandwidths are those of one direction, for each GPU, in bytes per second. Vendors print
both directions of NVLink together, and networks in bits.
"""

from dataclasses import dataclass

from heedful.hardware.gpus import A100, H100, Gpu
from heedful.hardware.sources import (
    A100_SHEET,
    FSDP,
    HOPPER_PAGE,
    LLAMA3,
    MEGATRON,
    Stated,
)


@dataclass(frozen=True)
class Node:
    """`n_gpus` of a kind, with NVLink `inside` and a network `between` nodes."""

    name: str
    gpu: Gpu
    n_gpus: int
    inside: Stated
    between: Stated


_BOTH_WAYS = "half of the printed number, which is for both directions"

SELENE = Node(
    name="DGX A100 in Selene",
    gpu=A100,
    n_gpus=8,
    inside=Stated(300e9, A100_SHEET, _BOTH_WAYS),
    between=Stated(25e9, MEGATRON, "200 Gb/s InfiniBand, one card for each GPU"),
)
META_A100 = Node(
    name="A100 server of the FSDP paper",
    gpu=A100,
    n_gpus=8,
    inside=SELENE.inside,
    between=Stated(31.25e9, FSDP, "2 Tb/s, taken as those of eight GPUs"),
)
META_H100 = Node(
    name="H100 server of Llama 3",
    gpu=H100,
    n_gpus=8,
    inside=Stated(450e9, HOPPER_PAGE, _BOTH_WAYS),
    between=Stated(50e9, LLAMA3, "400 Gb/s Ethernet (RoCE) between GPUs"),
)
