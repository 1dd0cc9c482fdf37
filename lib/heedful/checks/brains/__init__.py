"""The checks of exercises/10_brains."""

from heedful.checks import Topic
from heedful.checks.brains.bucket import check_bucket as check_bucket
from heedful.checks.brains.creation import check_creation as check_creation
from heedful.checks.brains.creation import readable as readable
from heedful.checks.brains.length import check_length as check_length
from heedful.checks.brains.neighbours import check_train as check_train
from heedful.checks.brains.own import check_own as check_own
from heedful.checks.brains.unseen import check_unseen as check_unseen
from heedful.checks.brains.variant import variant

TOPIC = Topic(
    checks=(
        check_bucket,
        check_creation,
        check_train,
        check_unseen,
        check_own,
        check_length,
    ),
    variant=variant,
)
progress = TOPIC.progress
