"""The command `heedful`: train a model, then ask it something.

A user's mistake ends in one line on stderr and exit code 2, never in a traceback.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

# Read when torch is loaded. A thread that waits for another then sleeps instead of
# spinning, which on busy cores holds up the very thread it is waiting for.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 88}


def fail(message: str, code: int = 2) -> NoReturn:
    """End the command with one line on stderr."""
    click.echo("heedful: " + " ".join(message.split()), err=True)
    sys.exit(code)


class OneLineErrors(click.Group):
    """Click's own errors take four lines; ours take one."""

    def main(self, args: Any = None, prog_name: str | None = None, **extra: Any) -> Any:
        extra["standalone_mode"] = False
        try:
            code = super().main(args, prog_name or "heedful", **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else "")
            sys.exit(0)
        except click.Abort:
            sys.exit(130)
        except click.ClickException as error:
            fail(f"{error.format_message()} See `heedful --help`.")
        sys.exit(code if isinstance(code, int) else 0)


@click.group(cls=OneLineErrors, context_settings=CONTEXT)
@click.version_option(package_name="heedful")
def main() -> None:
    r"""The Transformer of 2017, small enough to train on a laptop.

    \b
    First time here? Two commands:
      heedful train numbers          learn to write numbers in Japanese (1-2 minutes)
      heedful translate "forty-two"  ask the model that you trained
    """


@main.command()
@click.argument("task")
@click.option("--config", "config_file", type=click.Path(path_type=Path),
              help="JSON file with settings, such as a run's config.json.")  # fmt: skip
@click.option("--steps", type=int, help="Number of training steps.")
@click.option("--seed", type=int, help="Seed of the first weights and the data order.")
@click.option("--run", "path", type=click.Path(path_type=Path),
              help="Folder for the trained run.  [default: one per task]")  # fmt: skip
@click.option("--again", is_flag=True, help="Train even if this run is already there.")
def train(
    task: str,
    config_file: Path | None,
    steps: int | None,
    seed: int | None,
    path: Path | None,
    again: bool,
) -> None:
    r"""Train a Transformer on TASK and test it on data it never saw.

    \b
    TASK is one of
      numbers   "forty-two thousand" -> 四万二千
      dates     "October 21, 2048"   -> 2048年10月21日

    Ctrl-C stops early and keeps what was learned so far.
    """
    from heedful.generate.translate import exact_match
    from heedful.text.corpora import CORPORA
    from heedful.train.config import ConfigError, RunConfig
    from heedful.train.loop import train as train_run
    from heedful.train.loop import trained
    from heedful.train.run import runs_dir

    try:
        given = RunConfig.read(config_file) if config_file else RunConfig(task=task)
        recipe = given.recipe
        if steps is not None:
            recipe = replace(recipe, n_steps=steps)
        seed = given.seed if seed is None else seed
        config = replace(given, task=task, seed=seed, recipe=recipe)
    except (ConfigError, ValueError) as error:
        fail(str(error))
    path = path or runs_dir() / task
    try:
        if again:
            run, is_new = train_run(config, path), True
        else:
            run, is_new = trained(config, path)
        if "exact_match" not in run.record:
            pairs = CORPORA[task](n_train=config.n_train).test
            run.record["exact_match"] = exact_match(run, pairs)
            run.record["tested_on"] = len(pairs)
            run.save(path)
    except KeyboardInterrupt:
        if (path / "model.safetensors").exists():
            fail(f"stopped; what was saved last is in {path}", code=130)
        fail("stopped before the first step; nothing was saved", code=130)
    except ConfigError as error:
        fail(str(error))
    except OSError as error:
        place = error.filename or path
        fail(f"cannot write {place}: {error.strerror}; choose another --run")
    if not is_new:
        click.echo(f"already trained: {path} (--again trains anew)")
    right, total = run.record["exact_match"], run.record["tested_on"]
    click.echo(f"right to the last character: {right:.1%} of {total:,} unseen {task}")
    click.echo(f"saved in {path}")


@main.command()
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@click.option("--task", default="numbers", show_default=True, help="Which task's run.")
@click.option("--run", "path", type=click.Path(path_type=Path),
              help="Folder of the trained run.  [default: the task's]")  # fmt: skip
@click.option("--attention", is_flag=True,
              help="Also show where the model looked for each character.")  # fmt: skip
def translate(
    texts: tuple[str, ...], task: str, path: Path | None, attention: bool
) -> None:
    r"""Translate each TEXT with a trained run.

    \b
    heedful translate "seventy-four thousand two hundred fifty-nine" --attention
    """
    from heedful.generate.show import cross_attention_text
    from heedful.generate.translate import translate as translate_text
    from heedful.text.corpora import CORPORA
    from heedful.train.run import Run, RunError, runs_dir

    if path is None and task not in CORPORA:
        fail(f"unknown task {task!r}: choose one of {', '.join(CORPORA)}")
    try:
        run = Run.load(path or runs_dir() / task)
    except RunError as error:
        name = f"`heedful train {task}`"
        fail(f"{error}; {name} makes one, --run FOLDER reads another")
    for text in texts:
        try:
            translation = translate_text(run, text)
        except ValueError as error:
            fail(str(error))
        click.echo(translation.text)
        if attention:
            click.echo(cross_attention_text(translation))
