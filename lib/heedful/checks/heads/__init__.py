"""The checks of exercises/03_heads."""

from heedful.checks import Topic
from heedful.checks.heads.again import check_again as check_again
from heedful.checks.heads.cache import check_cache as check_cache
from heedful.checks.heads.depends import check_depends as check_depends
from heedful.checks.heads.errands import check_errands as check_errands
from heedful.checks.heads.grouped import check_grouped as check_grouped
from heedful.checks.heads.pruned import check_pruned as check_pruned
from heedful.checks.heads.variant import variant

TOPIC = Topic(
    checks=(
        check_cache,
        check_pruned,
        check_grouped,
        check_depends,
        check_again,
        check_errands,
    ),
    variant=variant,
)
progress = TOPIC.progress
