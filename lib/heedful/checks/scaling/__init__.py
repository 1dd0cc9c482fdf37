"""The checks of exercises/09_scaling."""

from heedful.checks import Topic
from heedful.checks.scaling.cheapest import SIZES as SIZES
from heedful.checks.scaling.cheapest import check_cheapest as check_cheapest
from heedful.checks.scaling.cost import check_cost as check_cost
from heedful.checks.scaling.counting import check_counting as check_counting
from heedful.checks.scaling.distance import check_distance as check_distance
from heedful.checks.scaling.interval import check_interval as check_interval
from heedful.checks.scaling.interval import fit_line as fit_line
from heedful.checks.scaling.offset import check_offset as check_offset
from heedful.checks.scaling.operations import check_operations as check_operations
from heedful.checks.scaling.variant import variant

TOPIC = Topic(
    checks=(
        check_cost,
        check_offset,
        check_operations,
        check_distance,
        check_cheapest,
        check_interval,
        check_counting,
    ),
    variant=variant,
)
progress = TOPIC.progress
