"""`heedful complete`: let a trained language model go on with a text."""

import os
from pathlib import Path

import click

from heedful.cli.errors import fail


@click.command()
@click.argument("prompt")
@click.option("--temperature", type=float, default=0.8, show_default=True,
              help="0 always takes the likeliest token.")  # fmt: skip
@click.option("--top-k", type=int, help="Draw from the K likeliest tokens only.")
@click.option("--top-p", type=float, default=0.95, show_default=True,
              help="Draw from the likeliest tokens with this share.")  # fmt: skip
@click.option("--max-new", type=int, default=100, show_default=True,
              help="How many tokens to write at most.")  # fmt: skip
@click.option("--n", "n_times", type=click.IntRange(min=1), default=1,
              show_default=True, help="How many continuations to write.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1),
              help="Repeat what this seed wrote.  [default: always new]")  # fmt: skip
@click.option("--task", default="python", show_default=True, help="Which text's run.")
@click.option("--run", "path", type=click.Path(path_type=Path),
              help="Folder of the trained run.  [default: the task's]")  # fmt: skip
def complete(
    prompt: str,
    temperature: float,
    top_k: int | None,
    top_p: float,
    max_new: int,
    n_times: int,
    seed: int | None,
    task: str,
    path: Path | None,
) -> None:
    r"""Continue PROMPT with a trained language model, token by token.

    \b
    heedful complete "def fibonacci("
    heedful complete "import os" --temperature 0 --max-new 30

    On a terminal the prompt is bold; what follows is the model's. It writes best
    behind a whole word or sign: end the PROMPT with no space.
    """
    import torch

    from heedful.generate.continue_text import continue_text
    from heedful.generate.sampling import Sampling
    from heedful.text.corpora import TEXTS
    from heedful.train.language_config import LanguageRunConfig
    from heedful.train.run import Run, RunError, runs_dir

    if path is None and task not in TEXTS:
        fail(f"unknown text {task!r}: choose one of {', '.join(TEXTS)}")
    path = path or runs_dir() / task
    try:
        run = Run.load(path)
    except RunError as error:
        name = f"`heedful train {task}`"
        fail(f"{error}; {name} makes one, --run FOLDER reads another")
    if not isinstance(run.config, LanguageRunConfig):
        fail(f"the run in {path} translates: ask it with `heedful translate`")
    generator = torch.Generator()
    generator.seed() if seed is None else generator.manual_seed(seed)
    prompt = os.fsencode(prompt).decode(errors="replace")  # what a shell passes on
    try:
        settings = Sampling(temperature=temperature, top_k=top_k, top_p=top_p)
        for i in range(1, n_times + 1):
            pieces = continue_text(
                run, prompt, settings, max_new=max_new, generator=generator
            )
            if n_times > 1:
                click.secho(f"--- {i} of {n_times}", dim=True)
            click.secho(prompt, bold=True, nl=False)
            for piece in pieces:
                click.echo(piece, nl=False)
            click.echo()
    except ValueError as error:
        fail(str(error))
