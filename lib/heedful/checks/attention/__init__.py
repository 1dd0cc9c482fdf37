"""The checks of exercises/02_attention. Their answers are NumPy functions."""

from heedful.checks import Topic
from heedful.checks.attention.additive import check_additive as check_additive
from heedful.checks.attention.attend import check_attend as check_attend
from heedful.checks.attention.brought import check_brought as check_brought
from heedful.checks.attention.gradient import check_gradient as check_gradient
from heedful.checks.attention.growth import check_growth as check_growth
from heedful.checks.attention.shares import check_shares as check_shares
from heedful.checks.attention.softmax import check_softmax as check_softmax
from heedful.checks.attention.variant import variant

TOPIC = Topic(
    checks=(
        check_shares,
        check_softmax,
        check_attend,
        check_additive,
        check_gradient,
        check_growth,
        check_brought,
    ),
    variant=variant,
)
progress = TOPIC.progress
