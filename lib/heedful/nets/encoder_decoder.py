"""What every encoder-decoder can do, whatever it is built from."""

from typing import Any, Protocol, runtime_checkable

from jaxtyping import Bool, Float, Int
from torch import Tensor


@runtime_checkable
class EncoderDecoder(Protocol):
    """`Transformer`, `RecurrentSeq2Seq` and `ConvolutionalSeq2Seq` are all this.

    The memory is as wide as the model likes, and only the model knows what its cache
    holds.
    """

    def __call__(
        self, source: Int[Tensor, "batch s_len"], target: Int[Tensor, "batch t_len"]
    ) -> Float[Tensor, "batch t_len target_vocab"]:
        """Logits of the token that follows each position of `target`."""
        ...

    def encode(
        self, source: Int[Tensor, "batch s_len"]
    ) -> Float[Tensor, "batch s_len width"]:
        """The memory: one vector per source token."""
        ...

    def source_mask(
        self, source: Int[Tensor, "batch s_len"]
    ) -> Bool[Tensor, "batch 1 1 s_len"]:
        """True where the source is no padding."""
        ...

    def decode(
        self,
        target: Int[Tensor, "batch t_len"],
        memory: Float[Tensor, "batch s_len width"],
        memory_mask: Bool[Tensor, "batch 1 1 s_len"],
        cache: Any = None,
    ) -> Float[Tensor, "batch t_len target_vocab"]:
        """The same logits from the memory; `target` is what `cache` lacks."""
        ...

    def new_cache(
        self, memory: Float[Tensor, "batch s_len width"], max_len: int
    ) -> Any:
        """What `decode` may keep, with room for `max_len` target positions."""
        ...
