"""The checks of exercises/04_encoding."""

from heedful.checks import Topic
from heedful.checks.encoding.capitals import check_capitals as check_capitals
from heedful.checks.encoding.clocks import check_clocks as check_clocks
from heedful.checks.encoding.cutting import check_encode as check_encode
from heedful.checks.encoding.cutting import check_pieces as check_pieces
from heedful.checks.encoding.joints import check_learn as check_learn
from heedful.checks.encoding.joints import join as join
from heedful.checks.encoding.turning import check_turned as check_turned
from heedful.checks.encoding.variant import variant

TOPIC = Topic(
    checks=(
        check_pieces,
        check_learn,
        check_encode,
        check_clocks,
        check_turned,
        check_capitals,
    ),
    variant=variant,
)
progress = TOPIC.progress
