"""Checks for the exercises: each compares an answer and names the misconception.

`check_x(my_x)` prints one line if the answer is right and raises `CheckFailed`, which
a notebook shows without a traceback, if it is not. `hint=1` to `hint=3` help. The
checks of exercises/NN_topic are in `heedful.checks.topic`.
"""

from heedful.checks.by_hand import ByHand as ByHand
from heedful.checks.prediction import Prediction as Prediction
from heedful.checks.report import Check as Check
from heedful.checks.report import CheckFailed as CheckFailed
from heedful.checks.report import Topic as Topic
from heedful.checks.task import Task as Task
