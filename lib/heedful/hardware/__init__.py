"""The machines: what is in a chip, how fast it can be at best, how work is laid on it.

Numbers of others stand with their source; what follows from them is computed.
Chapter 07 derives all of it.
"""

from heedful.hardware.ceilings import measured_roofline as measured_roofline
from heedful.hardware.cpus import CPUS as CPUS
from heedful.hardware.cpus import Cpu as Cpu
from heedful.hardware.gpus import AD102 as AD102
from heedful.hardware.gpus import GH100 as GH100
from heedful.hardware.gpus import GPUS as GPUS
from heedful.hardware.gpus import Die as Die
from heedful.hardware.gpus import Gpu as Gpu
from heedful.hardware.nodes import META_A100 as META_A100
from heedful.hardware.nodes import META_H100 as META_H100
from heedful.hardware.nodes import SELENE as SELENE
from heedful.hardware.nodes import Node as Node
from heedful.hardware.occupancy import Occupancy as Occupancy
from heedful.hardware.occupancy import SmLimits as SmLimits
from heedful.hardware.occupancy import busy_share as busy_share
from heedful.hardware.occupancy import needed_warps as needed_warps
from heedful.hardware.occupancy import occupancy as occupancy
from heedful.hardware.roofline import Roofline as Roofline
from heedful.hardware.sources import Sheet as Sheet
from heedful.hardware.sources import Stated as Stated
from heedful.hardware.tiles import Placed as Placed
from heedful.hardware.tiles import Tiling as Tiling
from heedful.hardware.tiles import schedule as schedule
from heedful.hardware.tiles import utilisation as utilisation
