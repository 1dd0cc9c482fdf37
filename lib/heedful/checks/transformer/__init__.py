"""The checks of exercises/05_transformer."""

from heedful.checks import Topic
from heedful.checks.transformer.attention import check_attend as check_attend
from heedful.checks.transformer.heads import check_multi_head as check_multi_head
from heedful.checks.transformer.layer import check_decoder_layer as check_decoder_layer
from heedful.checks.transformer.masks import check_decoder_mask as check_decoder_mask
from heedful.checks.transformer.positions import check_positions as check_positions
from heedful.checks.transformer.shift import check_shift as check_shift
from heedful.checks.transformer.variant import variant
from heedful.checks.transformer.visible import check_visible as check_visible

TOPIC = Topic(
    checks=(
        check_visible,
        check_decoder_mask,
        check_attend,
        check_multi_head,
        check_decoder_layer,
        check_shift,
        check_positions,
    ),
    variant=variant,
)
progress = TOPIC.progress
