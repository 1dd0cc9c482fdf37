"""The table of systems: `make systems` writes docs/systems.md.

One module per section of the table; the order of the imports is that of the sections.
"""

# ruff: noqa: I001
import os

import torch

# Triton asks when it is loaded, and where it is installed transformers loads it.
if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")

from . import before_2017 as before_2017
from . import attention as attention
from . import layers as layers
from . import models as models
from . import diffusion as diffusion
from . import texts as texts
from . import writing as writing
from . import learning as learning
from . import scaling as scaling
from . import hardware as hardware
from . import parallel as parallel
from . import real as real
from .named import EXEMPT as EXEMPT
from .named import NAMED as NAMED
from .table import SYSTEMS as SYSTEMS
