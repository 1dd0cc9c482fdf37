"""The checks of exercises/07_parallelism."""

from heedful.checks import Topic
from heedful.checks.parallelism.decode import check_decode as check_decode
from heedful.checks.parallelism.group import Group as Group
from heedful.checks.parallelism.lanes import BARRIER as BARRIER
from heedful.checks.parallelism.lanes import READ as READ
from heedful.checks.parallelism.lanes import WRITE as WRITE
from heedful.checks.parallelism.lanes import run as run
from heedful.checks.parallelism.merge import check_merge as check_merge
from heedful.checks.parallelism.product import Slow as Slow
from heedful.checks.parallelism.product import check_product as check_product
from heedful.checks.parallelism.race import check_softmax as check_softmax
from heedful.checks.parallelism.shard import check_layer as check_layer
from heedful.checks.parallelism.step import check_step as check_step
from heedful.checks.parallelism.variant import variant
from heedful.checks.parallelism.waves import check_waves as check_waves

TOPIC = Topic(
    checks=(
        check_decode,
        check_product,
        check_merge,
        check_softmax,
        check_layer,
        check_step,
        check_waves,
    ),
    variant=variant,
)
progress = TOPIC.progress
