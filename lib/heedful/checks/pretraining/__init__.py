"""The checks of exercises/06_pretraining."""

from heedful.checks import Topic
from heedful.checks.pretraining.archive import check_pack_text as check_pack_text
from heedful.checks.pretraining.bits import check_bits as check_bits
from heedful.checks.pretraining.coding import tea as tea
from heedful.checks.pretraining.coding import unpack_text as unpack_text
from heedful.checks.pretraining.gradient import PairTable as PairTable
from heedful.checks.pretraining.gradient import (
    check_gradient as check_gradient,
)
from heedful.checks.pretraining.gradient import part as part
from heedful.checks.pretraining.price import check_price as check_price
from heedful.checks.pretraining.rows import check_pack as check_pack
from heedful.checks.pretraining.scale import check_scale as check_scale
from heedful.checks.pretraining.step import check_step as check_step
from heedful.checks.pretraining.variant import variant

TOPIC = Topic(
    checks=(
        check_price,
        check_pack,
        check_bits,
        check_pack_text,
        check_gradient,
        check_step,
        check_scale,
    ),
    variant=variant,
)
progress = TOPIC.progress
