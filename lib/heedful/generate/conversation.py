"""Talk with a language model: every answer is a continuation of all that was said."""

from collections.abc import Iterator

import torch

from heedful.generate.continuation import stream
from heedful.generate.sampling import GREEDY, Sampling
from heedful.interop.chat_tokenizer import ChatTokenizer, Message
from heedful.nets.language_model import LanguageModel


class Conversation:
    """The `messages` so far, and how the next answer is written.

    A model remembers nothing: it reads the whole conversation again for every answer.
    So conversation and answer together may have `max_tokens` tokens. What no longer
    fits is forgotten from the front, a question with its answer; `n_forgotten` counts
    these pairs. Derived in chapter 08.

    Raises `ValueError` if `max_tokens` is more than the model can read, or if
    `max_new` leaves no room for a question.
    """

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: ChatTokenizer,
        settings: Sampling = GREEDY,
        *,
        max_new: int,
        max_tokens: int = 2048,
        generator: torch.Generator | None = None,
    ):
        if max_tokens > model.config.max_seq_len:
            raise ValueError(
                f"max_tokens={max_tokens} is more than the model can read: "
                f"max_seq_len={model.config.max_seq_len}"
            )
        if not 1 <= max_new < max_tokens:
            raise ValueError(
                f"max_new={max_new} must be from 1 to {max_tokens - 1}: question and "
                f"answer together have at most max_tokens={max_tokens} tokens"
            )
        self.model, self.tokenizer, self.settings = model, tokenizer, settings
        self.max_new, self.max_tokens = max_new, max_tokens
        self.generator = generator
        self.messages: list[Message] = []
        self.n_forgotten = 0

    def answer(self, question: str) -> Iterator[str]:
        """The answer in pieces, each as soon as it is written.

        Whoever stops reading stops the model; what it wrote until then was said.
        Raises `ValueError`, and changes nothing, for a question that is too long by
        itself.
        """
        prompt = self._prompt_with(question)
        said = []
        try:
            tokens = stream(
                self.model, prompt, self.settings, max_new=self.max_new,
                stop_ids=self.tokenizer.sign_ids, generator=self.generator,
            )  # fmt: skip
            for piece in self.tokenizer.decode_stream(tokens):
                said.append(piece)
                yield piece
        finally:
            self.messages.append(dict(role="assistant", content="".join(said)))

    def _prompt_with(self, question: str) -> list[int]:
        asked = dict(role="user", content=question)
        room = self.max_tokens - self.max_new
        alone = len(self.tokenizer.prompt([asked]))
        if alone > room:
            raise ValueError(
                f"the question has {alone} tokens with what the template adds, but "
                f"beside max_new={self.max_new} there is room for {room}: shorten it"
            )
        self.messages.append(asked)
        while len(prompt := self.tokenizer.prompt(self.messages)) > room:
            del self.messages[:2]
            self.n_forgotten += 1
        return prompt
