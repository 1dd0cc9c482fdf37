"""What SmolLM2 answers to a few questions, always taking the likeliest token."""

from heedful.generate.conversation import Conversation
from heedful.interop.chat_tokenizer import ChatTokenizer
from heedful.nets.language_model import LanguageModel

QUESTIONS = (
    "What is the capital of Japan?",
    "Write a Python function that returns the square of a number.",
    "How many legs do three spiders have together?",
    "Who wrote the novel 'The Lighthouse Keeper of Mars' in 1931?",
)
"""Two that it should know, one to compute, and one about a book that does not exist."""


def answers(model: LanguageModel, tokenizer: ChatTokenizer) -> list[dict[str, str]]:
    """One row per question, each asked in a conversation of its own."""
    rows = []
    for question in QUESTIONS:
        talk = Conversation(model, tokenizer, max_new=120)
        rows.append(dict(question=question, answer="".join(talk.answer(question))))
    return rows
