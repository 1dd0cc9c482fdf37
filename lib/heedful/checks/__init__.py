"""Checks for the exercises: each compares an answer and names the misconception.

`check_x(my_x)` prints one line if the answer is right and raises `CheckFailed`, which
a notebook shows without a traceback, if it is not. `hint=1` to `hint=3` help.
"""

from heedful.checks.attention import check_attend as check_attend
from heedful.checks.heads import Projections as Projections
from heedful.checks.heads import check_multi_head as check_multi_head
from heedful.checks.masks import check_decoder_mask as check_decoder_mask
from heedful.checks.positions import check_positions as check_positions
from heedful.checks.positions import check_sinusoidal as check_sinusoidal
from heedful.checks.report import CheckFailed as CheckFailed
from heedful.checks.report import progress as progress
from heedful.checks.shift import check_shift as check_shift
from heedful.checks.transformer import check_decoder_layer as check_decoder_layer
