"""The checks of exercises/08_answering."""

from heedful.checks import Topic
from heedful.checks.answering.cached import check_cached_attend as check_cached_attend
from heedful.checks.answering.drafts import check_drafts as check_drafts
from heedful.checks.answering.nucleus import check_nucleus as check_nucleus
from heedful.checks.answering.reading import TinyModel as TinyModel
from heedful.checks.answering.reading import check_read as check_read
from heedful.checks.answering.reuse import check_reuse as check_reuse
from heedful.checks.answering.room import check_room as check_room
from heedful.checks.answering.variant import variant
from heedful.checks.answering.verify import check_verify as check_verify

TOPIC = Topic(
    checks=(
        check_room,
        check_nucleus,
        check_cached_attend,
        check_read,
        check_reuse,
        check_verify,
        check_drafts,
    ),
    variant=variant,
)
progress = TOPIC.progress
