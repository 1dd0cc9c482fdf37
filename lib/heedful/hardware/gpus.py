"""NVIDIA's chips: how the lanes are counted, and what the sheets promise.

A die is a tree: graphics processing clusters (GPC), in each some texture processing
clusters (TPC), in each two streaming multiprocessors (SM), in each four partitions, and
in each partition a scheduler, 32 lanes and a tensor core. What is sold has some of the
branches switched off.
"""

from dataclasses import dataclass

from heedful.hardware.roofline import Roofline
from heedful.hardware.sources import (
    A100_SHEET,
    ADA,
    DGX_B200_PAGE,
    H100_PAGE,
    H200_PAGE,
    HGX_PAGE,
    HOPPER,
    Sheet,
    Stated,
)


@dataclass(frozen=True)
class Die:
    """A whole chip as it is designed. `gpcs` of `tpcs` of `sms` of `partitions`.

    A partition has `fp32_lanes` for single precision, of which `shared_lanes` do either
    that or 32-bit integers, and `tensor_cores`.
    """

    name: str
    sheet: Sheet
    gpcs: int
    tpcs: int
    sms: int
    partitions: int
    fp32_lanes: int
    shared_lanes: int
    tensor_cores: int

    @property
    def n_sms(self) -> int:
        """SMs in the chip."""
        return self.gpcs * self.tpcs * self.sms

    @property
    def lanes_per_sm(self) -> int:
        """What NVIDIA calls CUDA cores, in one SM."""
        return self.partitions * self.fp32_lanes

    @property
    def n_lanes(self) -> int:
        """What NVIDIA calls CUDA cores, in the chip."""
        return self.n_sms * self.lanes_per_sm

    @property
    def n_tensor_cores(self) -> int:
        """Tensor cores in the chip."""
        return self.n_sms * self.partitions * self.tensor_cores


@dataclass(frozen=True)
class Gpu:
    """A product, as its sheet has it. None: no sheet that we saw says it.

    `clock` in Hz, of the lanes, at most; `fp32` and `bf16` in operations per second,
    the latter by the tensor cores, dense, summed in float32; `bandwidth` of the memory
    in bytes per second; `memory` in bytes.
    """

    name: str
    die: Die | None
    bf16: Stated
    bandwidth: Stated
    n_sms: Stated | None = None
    clock: Stated | None = None
    fp32: Stated | None = None
    memory: Stated | None = None

    @property
    def n_lanes(self) -> int:
        """CUDA cores that are switched on."""
        if self.die is None or self.n_sms is None:
            raise ValueError(f"no sheet tells how many lanes {self.name} has")
        return int(self.n_sms.value) * self.die.lanes_per_sm

    @property
    def computed_fp32(self) -> float:
        """Operations per second: each lane multiplies and adds once per clock."""
        if self.clock is None:
            raise ValueError(f"no sheet tells the clock of {self.name}")
        return 2.0 * self.n_lanes * self.clock.value

    def roofline(self, precision: str = "bf16") -> Roofline:
        """The two ceilings of the sheet, for "bf16" (tensor cores) or "fp32"."""
        peak = {"bf16": self.bf16, "fp32": self.fp32}[precision]
        if peak is None:
            raise ValueError(f"no sheet tells the {precision} peak of {self.name}")
        return Roofline(f"{self.name}, {precision}", peak.value, self.bandwidth.value)


AD102 = Die(
    "AD102", ADA, gpcs=12, tpcs=6, sms=2, partitions=4, fp32_lanes=32, shared_lanes=16,
    tensor_cores=1,
)  # fmt: skip
GH100 = Die(
    "GH100", HOPPER, gpcs=8, tpcs=9, sms=2, partitions=4, fp32_lanes=32,
    shared_lanes=0, tensor_cores=1,
)  # fmt: skip

_SPARSE = "half of the printed number, which is for matrices half of zeros"

RTX_4090 = Gpu(
    name="GeForce RTX 4090",
    die=AD102,
    n_sms=Stated(128, ADA),
    clock=Stated(2.52e9, ADA),
    fp32=Stated(82.6e12, ADA),
    bf16=Stated(165.2e12, ADA),
    bandwidth=Stated(1008e9, ADA),
)
A100 = Gpu(
    name="A100 SXM, 80 GB",
    die=None,
    bf16=Stated(312e12, A100_SHEET),
    bandwidth=Stated(2.039e12, A100_SHEET),
    memory=Stated(80e9, A100_SHEET),
)
H100 = Gpu(
    name="H100 SXM",
    die=GH100,
    n_sms=Stated(132, HOPPER),
    clock=Stated(1.98e9, HOPPER, "of the lanes; the tensor cores' is lower"),
    fp32=Stated(66.9e12, HOPPER),
    bf16=Stated(989.5e12, H100_PAGE, _SPARSE),
    bandwidth=Stated(3.35e12, H100_PAGE),
    memory=Stated(80e9, HOPPER),
)
H200 = Gpu(
    name="H200 SXM",
    die=None,
    bf16=Stated(989.5e12, H200_PAGE, _SPARSE),
    bandwidth=Stated(4.8e12, H200_PAGE),
    memory=Stated(141e9, H200_PAGE),
)
B200 = Gpu(
    name="B200",
    die=None,
    bf16=Stated(2.25e15, HGX_PAGE, _SPARSE + ", of eight: 36e15"),
    bandwidth=Stated(8e12, DGX_B200_PAGE, "an eighth of the printed 64 TB/s"),
    memory=Stated(180e9, DGX_B200_PAGE, "an eighth of the printed 1,440 GB"),
)

GPUS = {gpu.name: gpu for gpu in (RTX_4090, H100, H200, B200)}
"""Those of chapter 07's rooflines. The A100 is only in its clusters."""
