"""The tokenizer and the chat template that a GGUF file carries.

Covers byte-level BPE as SmolLM2 has it: every digit by itself, then GPT-2's pieces.
That is what llama.cpp does for the pre-tokenizer that the file calls "smollm".
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from heedful.interop.names import Settings, needed, refuse_others

Message = dict[str, str]
"""A "role" ("system", "user" or "assistant") and its "content"."""

CONTROL = 3
"""The kind of a token that is a sign to the model and not a piece of text."""


class ChatTokenizer:
    """Text to ids and back, and a conversation to the ids that the model expects.

    `settings` is what `read_gguf` gives. `sign_ids` are the tokens that no answer has
    in it: each ends one. Derived in chapter 08. Raises `ValueError` for a tokenizer of
    another kind.
    """

    def __init__(self, settings: Settings):
        refuse_others(
            settings, **{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm"}
        )
        self.tokens: list[str] = needed(settings, "tokenizer.ggml.tokens")
        kinds: list[int] = needed(settings, "tokenizer.ggml.token_type")
        self.sign_ids = [i for i, kind in enumerate(kinds) if kind == CONTROL]
        self._merges: list[str] = needed(settings, "tokenizer.ggml.merges")
        self.template: str = needed(settings, "tokenizer.chat_template")
        self.bos_id: int = needed(settings, "tokenizer.ggml.bos_token_id")
        self.eos_id: int = needed(settings, "tokenizer.ggml.eos_token_id")

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """The ids. A sign to the model, as <|im_end|>, is one, even typed by a user."""
        return self._rust.encode(text, add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text without the signs; bytes that are no UTF-8 become U+FFFD."""
        return self._rust.decode(list(ids), skip_special_tokens=True)

    def decode_stream(self, ids: Iterable[int]) -> Iterator[str]:
        """The text piece by piece, each as soon as its last byte is there.

        A character can be spread over several tokens: nothing is given until it is
        whole. One that never becomes whole is left out.
        """
        from tokenizers.decoders import DecodeStream

        stream = DecodeStream(skip_special_tokens=True)
        for token in ids:
            piece = stream.step(self._rust, token)
            if piece:
                yield piece

    def render(self, messages: list[Message]) -> str:
        """The conversation as one text, up to where the model's answer begins.

        The template comes with the model and is a program, so it runs in jinja's
        sandbox.
        """
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        jinja = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        return jinja.from_string(self.template).render(
            messages=messages,
            add_generation_prompt=True,
            bos_token=self.tokens[self.bos_id],
            eos_token=self.tokens[self.eos_id],
        )

    def prompt(self, messages: list[Message]) -> list[int]:
        """The ids of `render`."""
        return self.encode(self.render(messages))

    @cached_property
    def _rust(self) -> Any:
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

        ids = {token: i for i, token in enumerate(self.tokens)}
        pairs = [(a, b) for a, b in (merge.split(" ") for merge in self._merges)]
        rust = Tokenizer(models.BPE(vocab=ids, merges=pairs))
        rust.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        rust.decoder = decoders.ByteLevel()
        signs = [self.tokens[i] for i in self.sign_ids]
        rust.add_special_tokens([AddedToken(s, normalized=False) for s in signs])
        return rust
