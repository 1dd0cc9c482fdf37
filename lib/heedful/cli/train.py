"""`heedful train`: teach a model a task, test it on what it never saw."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from heedful.cli.errors import fail


@click.command()
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
    r"""Train a model on TASK and test it on data it never saw.

    \b
    TASK is one of
      numbers   "forty-two thousand" -> 四万二千          (a minute or two)
      dates     "October 21, 2048"   -> 2048年10月21日    (a minute or two)
      tatoeba   Japanese sentences -> English ones       (an hour)
      python    to go on with Python code, as its own library is written (10 minutes)

    `heedful data list` says which of them must be obtained first.

    Ctrl-C stops early and keeps what was learned so far.
    """
    from heedful.generate.score import final_test
    from heedful.text.packages import DataError
    from heedful.train.config import ConfigError
    from heedful.train.language import train_language
    from heedful.train.language_config import (
        LanguageRunConfig,
        default_config,
        read_config,
    )
    from heedful.train.loop import train as train_pairs
    from heedful.train.loop import trained
    from heedful.train.run import runs_dir

    try:
        given = read_config(config_file) if config_file else default_config(task)
        recipe = given.recipe
        if steps is not None:
            recipe = replace(recipe, n_steps=steps)
        seed = given.seed if seed is None else seed
        config = replace(given, task=task, seed=seed, recipe=recipe)
    except (ConfigError, ValueError) as error:
        fail(str(error))
    path = path or runs_dir() / task
    teach: Callable[..., Any] = (
        train_language if isinstance(config, LanguageRunConfig) else train_pairs
    )
    try:
        if again:
            run, is_new = teach(config, path), True
        else:
            run, is_new = trained(config, path, train=teach)
        if "tested_on" not in run.record:
            run.record |= final_test(run)
            run.save(path)
    except KeyboardInterrupt:
        if (path / "model.safetensors").exists():
            fail(f"stopped; what was saved last is in {path}", code=130)
        fail("stopped before the first step; nothing was saved", code=130)
    except (ConfigError, DataError) as error:
        fail(str(error))
    except OSError as error:
        place = error.filename or path
        fail(f"cannot write {place}: {error.strerror}; choose another --run")
    if not is_new:
        click.echo(f"already trained: {path} (--again trains anew)")
    click.echo(_result(task, run.record))
    click.echo(f"saved in {path}")


def _result(task: str, record: dict[str, Any]) -> str:
    """The record's one most telling line."""
    n = f"{record['tested_on']:,}"
    if "bits_per_byte" in record:
        return f"{record['bits_per_byte']:.3f} bits per byte of {n} unseen files"
    if "bleu" in record:
        return f"BLEU {record['bleu']:.1f} on {n} unseen sentences of {task}"
    right = record["exact_match"]
    return f"right to the last character: {right:.1%} of {n} unseen {task}"
