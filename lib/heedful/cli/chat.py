"""`heedful chat`: talk with a published model in the terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import click

from heedful.cli.errors import fail

MAX_TOKENS = 2048
"""The model could read 8,192, but a laptop would wait long and need gigabytes."""


@click.command()
@click.argument("question", required=False)
@click.option("--temperature", type=float, default=0.2, show_default=True,
              help="0 always takes the likeliest token.")  # fmt: skip
@click.option("--top-p", type=float, default=0.9, show_default=True,
              help="Draw from the likeliest tokens with this share.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1),
              help="Repeat what this seed said.  [default: always new]")  # fmt: skip
@click.option("--max-new", type=int, default=256, show_default=True,
              help="How many tokens an answer has at most.")  # fmt: skip
def chat(
    question: str | None,
    temperature: float,
    top_p: float,
    seed: int | None,
    max_new: int,
) -> None:
    r"""Talk with SmolLM2-135M-Instruct, a published model, in English.

    \b
    heedful chat
    heedful chat "What is the capital of Japan?"

    With a QUESTION it answers that and ends. `make real-models` installs the model.
    It is small: it speaks well and knows little. A conversation can have 2048 tokens;
    then the model forgets the oldest question and its answer. Ctrl-C stops an answer,
    Ctrl-D ends the conversation.
    """
    import torch

    from heedful.generate.conversation import Conversation
    from heedful.generate.sampling import Sampling
    from heedful.interop.real_models import RealModelError, load_smollm2

    generator = torch.Generator()
    generator.seed() if seed is None else generator.manual_seed(seed)
    try:
        settings = Sampling(temperature=temperature, top_p=top_p)
        model, tokenizer = load_smollm2()
        talk = Conversation(
            model, tokenizer, settings,
            max_new=max_new, max_tokens=MAX_TOKENS, generator=generator,
        )  # fmt: skip
        if question is not None:
            _say(talk, question)
            return
    except (RealModelError, ValueError) as error:
        fail(str(error))
    _talk(talk)


def _talk(talk: Any) -> None:
    for question in _questions():
        n_forgotten = talk.n_forgotten
        try:
            _say(talk, question)
        except ValueError as error:
            click.echo(f"heedful: {error}", err=True)
        except KeyboardInterrupt:
            click.echo(" ... stopped", err=True)
        if talk.n_forgotten > n_forgotten:
            click.echo(
                f"heedful: the conversation is over {MAX_TOKENS} tokens; questions "
                f"forgotten from its start so far: {talk.n_forgotten}", err=True,
            )  # fmt: skip


def _questions() -> Iterator[str]:
    """What the user types, or the lines of a pipe or file, until they end."""
    if not sys.stdin.isatty():
        for line in sys.stdin.buffer:
            if text := line.decode(errors="replace").strip():
                yield text
        return
    with suppress(ImportError):  # Windows has none
        import readline  # noqa: F401  arrow keys in `input`
    click.echo("SmolLM2, 135 million weights. Ctrl-D ends.", err=True)
    while True:
        try:
            question = input("> ").strip()
        except EOFError:  # Ctrl-D
            click.echo(err=True)
            return
        if question:
            yield question


def _say(talk: Any, question: str) -> None:
    question = os.fsencode(question).decode(errors="replace")  # what a shell passes on
    with closing(talk.answer(question)) as pieces:
        for piece in pieces:
            click.echo(piece, nl=False)
    click.echo()
