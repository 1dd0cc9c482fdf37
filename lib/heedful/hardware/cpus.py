"""Four central processors, counted in the same currency as the GPUs: lanes.

A core here has vector units, and each number in a vector is a lane, as each CUDA core
is one. So a core with two 512-bit units that multiply and add has 2 * 16 lanes for
float32.
"""

from dataclasses import dataclass

from heedful.hardware.sources import (
    EPYC_9965_PAGE,
    INTEL_DESKTOP,
    RYZEN_9950X_PAGE,
    XEON_6980P_PAGE,
    ZEN5_GUIDE,
    Stated,
)


@dataclass(frozen=True)
class Cpu:
    """A processor. None: no sheet that we saw says it.

    `lanes_per_core` for float32; `clock` in Hz, the lowest that is promised under load;
    `bandwidth` of the memory in bytes per second; `launched` as an ISO date.
    """

    name: str
    launched: str
    server: bool
    cores: Stated
    lanes_per_core: Stated | None = None
    clock: Stated | None = None
    bandwidth: Stated | None = None

    @property
    def n_lanes(self) -> int:
        """Numbers that all cores together can multiply and add in one clock."""
        if self.lanes_per_core is None:
            raise ValueError(f"no sheet tells how many lanes a core of {self.name} has")
        return int(self.cores.value * self.lanes_per_core.value)

    @property
    def computed_fp32(self) -> float:
        """Operations per second at the promised clock, two for each lane."""
        if self.clock is None:
            raise ValueError(f"no sheet tells the clock of {self.name} under load")
        return 2.0 * self.n_lanes * self.clock.value


_ZEN5 = Stated(32, ZEN5_GUIDE, "two of the four 512-bit pipes multiply and add")

RYZEN_9950X = Cpu(
    name="Ryzen 9 9950X",
    launched="2024-08-15",
    server=False,
    cores=Stated(16, RYZEN_9950X_PAGE),
    lanes_per_core=_ZEN5,
)
CORE_14900K = Cpu(
    name="Core i9-14900K",
    launched="2023-10-17",
    server=False,
    cores=Stated(24, INTEL_DESKTOP, "8 fast and 16 thrifty ones"),
)
EPYC_9965 = Cpu(
    name="EPYC 9965",
    launched="2024-10-10",
    server=True,
    cores=Stated(192, EPYC_9965_PAGE),
    lanes_per_core=_ZEN5,
    bandwidth=Stated(614e9, EPYC_9965_PAGE),
)
XEON_6980P = Cpu(
    name="Xeon 6980P",
    launched="2024-09-24",
    server=True,
    cores=Stated(128, XEON_6980P_PAGE),
    lanes_per_core=Stated(
        32, XEON_6980P_PAGE, "two 512-bit units that multiply and add"
    ),
    clock=Stated(2.0e9, XEON_6980P_PAGE, "the base clock"),
)

CPUS = {cpu.name: cpu for cpu in (RYZEN_9950X, CORE_14900K, EPYC_9965, XEON_6980P)}
