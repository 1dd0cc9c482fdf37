"""Texts to vectors: a tokenizer, an `Encoder`, and the mean over the tokens."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.nets.encoder import Encoder, sentence_embedding


class SentenceEncoder:
    """`tokenizer` is the text of a Hugging Face tokenizer.json.

    A text is cut after `max_tokens` tokens: sentence-transformers does so for MiniLM
    after 256, too.
    """

    def __init__(self, model: Encoder, tokenizer: str, max_tokens: int = 256):
        from tokenizers import Tokenizer

        self.model = model
        self.tokenizer = Tokenizer.from_str(tokenizer)
        self.tokenizer.enable_truncation(max_tokens)
        self.tokenizer.enable_padding(pad_id=model.config.pad_id)

    @torch.inference_mode()
    def embed(
        self, texts: Sequence[str], batch_size: int = 32
    ) -> Float[Tensor, "texts d_model"]:
        """One vector of length 1 per text: texts of like meaning point the same way.

        The cosine of two texts is the dot product of their vectors. Derived in
        chapter 04. Raises `ValueError` if there is no text.
        """
        if not texts:
            raise ValueError("there is no text to embed: give a list of one at least")
        return torch.cat(
            [
                self._embed(texts[start : start + batch_size])
                for start in range(0, len(texts), batch_size)
            ]
        )

    def _embed(self, texts: Sequence[str]) -> Tensor:
        encoded = self.tokenizer.encode_batch(list(texts))
        tokens = torch.tensor([row.ids for row in encoded])
        real = torch.tensor([row.attention_mask for row in encoded]).bool()
        return sentence_embedding(self.model(tokens), real)
