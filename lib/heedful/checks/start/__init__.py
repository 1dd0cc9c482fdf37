"""The checks of exercises/00_start."""

from heedful.checks import Topic
from heedful.checks.start.looks import check_looks as check_looks
from heedful.checks.start.met import check_met as check_met
from heedful.checks.start.score import check_score as check_score
from heedful.checks.start.towers import check_towers as check_towers
from heedful.checks.start.variant import variant
from heedful.checks.start.write import check_write as check_write

TOPIC = Topic(
    checks=(check_score, check_met, check_looks, check_write, check_towers),
    variant=variant,
)
progress = TOPIC.progress
