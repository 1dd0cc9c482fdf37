"""The checks of exercises/01_before_2017."""

from heedful.checks import Topic
from heedful.checks.before_2017.convolution import (
    check_convolution as check_convolution,
)
from heedful.checks.before_2017.gradient import check_gradient as check_gradient
from heedful.checks.before_2017.lstm import check_lstm_step as check_lstm_step
from heedful.checks.before_2017.merge import check_merge as check_merge
from heedful.checks.before_2017.reach import check_reach as check_reach
from heedful.checks.before_2017.scan import Cards as Cards
from heedful.checks.before_2017.scan import check_scan as check_scan
from heedful.checks.before_2017.variant import variant
from heedful.checks.before_2017.waits import check_waits as check_waits

TOPIC = Topic(
    checks=(
        check_waits,
        check_reach,
        check_convolution,
        check_merge,
        check_scan,
        check_lstm_step,
        check_gradient,
    ),
    variant=variant,
)
progress = TOPIC.progress
