"""`heedful train`: teach a model a task, test it on what it never saw."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heedful.cli.errors import fail

if TYPE_CHECKING:
    from heedful.train import LanguageRunConfig, Run, RunConfig
    from heedful.train.engine import Engine


@click.command()
@click.argument("task")
@click.option("--config", "config_file", type=click.Path(path_type=Path),
              help="JSON file with settings, such as a run's config.json.")  # fmt: skip
@click.option("--recipe", metavar="NAME",
              help="plain: as is usual; short: as good after fewer steps.")  # fmt: skip
@click.option("--steps", type=int, help="Number of training steps.")
@click.option("--seed", type=int, help="Seed of the first weights and the data order.")
@click.option("--roll-back", "roll_back_at", type=float, metavar="TIMES",
              help="At a loss TIMES the usual one go back, and past it.")  # fmt: skip
@click.option("--fast", is_flag=True,
              help="Measure which kernels are fastest; wants idle cores.")  # fmt: skip
@click.option("--run", "path", type=click.Path(path_type=Path),
              help="Folder for the trained run.  [default: one per task]")  # fmt: skip
@click.option("--again", is_flag=True, help="Train even if this run is already there.")
@click.option("--resume", is_flag=True,
              help="Go on with the run that is there, as it began.")  # fmt: skip
@click.option("--parallel", type=click.Choice(["data", "sharded", "tensor"]),
              default="data",
              help="How the processes of torchrun share the work.")  # fmt: skip
def train(
    task: str,
    path: Path | None,
    again: bool,
    resume: bool,
    fast: bool,
    parallel: str,
    **given: Any,
) -> None:
    r"""Train a model on TASK and test it on data it never saw.

    \b
    TASK is one of
      numbers   "forty-two thousand" -> 四万二千          (a minute or two)
      dates     "October 21, 2048"   -> 2048年10月21日    (a minute or two)
      tatoeba   Japanese sentences -> English ones       (an hour)
      python    to go on with Python code, as its own library is written (10 minutes)

    `heedful data list` says which of them must be obtained first.

    Ctrl-C saves and stops, a second Ctrl-C stops at once. A run that was stopped or
    killed goes on from its last checkpoint, and ends with the same weights as if it
    had not been.

    \b
    Several processes, each with a share of the work:
      torchrun --standalone --nproc-per-node 2 -m heedful train numbers
    """
    from heedful.generate.score import final_test
    from heedful.parallel import LostError, joined
    from heedful.text.packages import DataError
    from heedful.train import (
        ConfigError,
        Diverged,
        LockedError,
        RunError,
        Stopped,
        runs_dir,
    )
    from heedful.train.resuming import occupied

    if resume and (again or fast or any(value is not None for value in given.values())):
        fail("--resume goes on with the run's own settings: leave out all but --run")
    place = path or runs_dir() / task
    go_on = f"`heedful train {task} --resume{f' --run {path}' if path else ''}`"
    try:
        with joined(parallel) as engine:
            run, is_new = _run(task, place, again, resume, fast, engine, **given)
            engine.wait()  # the others may still be reading what is written next
        if not engine.is_first:
            return
        if "tested_on" not in run.record:
            run.record |= final_test(run)
            with occupied(place):
                run.save(place)
    except Stopped as stop:
        told = f"stopped by {stop.name} after step {stop.step}, saved in {place}"
        fail(f"{told}: {go_on} goes on", code=stop.exit_code)
    except KeyboardInterrupt:
        if _there(place):
            fail(f"stopped; what was saved last is in {place}", code=130)
        fail("stopped before the first step; nothing was saved", code=130)
    except Diverged as error:
        fail(f"{error}; a lower learning_rate may help, or --roll-back 3")
    except LostError as error:
        saved = _there(place)
        done = 0 if saved is None else saved.record["steps_done"]
        told = f"{error}: the same command goes on after step {done}"
        fail(told, code=1, every_process=True)
    except (RunError, LockedError, ConfigError, DataError) as error:
        fail(str(error))
    except OSError as error:
        told = f"cannot write {error.filename or place}: {error.strerror}"
        saved = _there(place)
        if saved and not saved.is_finished:
            done = saved.record["steps_done"]
            fail(f"{told}; make room: {go_on} goes on after step {done}")
        fail(f"{told}; choose another --run")
    if not is_new:
        click.echo(f"already trained: {place} (--again trains anew)")
    click.echo(_result(task, run.record))
    click.echo(f"saved in {place}")


def _run(
    task: str,
    path: Path,
    again: bool,
    resume: bool,
    fast: bool,
    engine: "Engine",
    **given: Any,
) -> tuple["Run", bool]:
    """The trained run, and whether it was trained now."""
    from heedful.train import (
        ConfigError,
        LanguageRunConfig,
        Run,
        train_language,
        trained,
    )
    from heedful.train import train as train_pairs
    from heedful.train.engine import ALONE

    there = Run.load(path) if resume else None
    config = there.config if there else _config(task, **given)
    if fast:
        if engine is not ALONE:
            raise ConfigError("--fast chooses for one process: leave it out")
        config = _suited(config)
    is_text = isinstance(config, LanguageRunConfig)
    teach = partial(train_language if is_text else train_pairs, engine=engine)
    if there and there.is_finished:
        return there, False
    if there:
        return teach(config, path, resume=True, inexact=True), True
    if again:
        return teach(config, path), True
    return trained(config, path, train=teach)


def _config(
    task: str,
    config_file: Path | None,
    recipe: str | None,
    steps: int | None,
    seed: int | None,
    roll_back_at: float | None,
) -> "RunConfig | LanguageRunConfig":
    """What the options say; else the file or the name; else what suits the task."""
    from heedful.train.language_config import default_config, read_config
    from heedful.train.recipes import named_config

    if config_file and recipe:
        fail("--recipe and --config both choose all settings: leave one out")
    if config_file:
        given = read_config(config_file)
    else:
        given = named_config(task, recipe) if recipe else default_config(task)
    how = given.recipe
    try:
        if steps is not None:
            how = replace(how, n_steps=steps)
        if roll_back_at is not None:
            how = replace(how, roll_back_at=roll_back_at)
        seed = given.seed if seed is None else seed
        return replace(given, task=task, seed=seed, recipe=how)
    except ValueError as error:
        fail(str(error))


def _suited(config: Any) -> Any:
    """The config as it is fastest here; sets the number of threads."""
    import torch

    from heedful.train.choosing import suited

    config, n_threads = suited(config)
    torch.set_num_threads(n_threads)
    recipe = config.recipe
    told = f"{recipe.precision}, {recipe.kernels} kernels, threads: {n_threads}"
    click.echo(f"fastest here: {told}")
    return config


def _there(path: Path) -> "Run | None":
    from heedful.train import Run, RunError

    try:
        return Run.load(path)
    except RunError:
        return None


def _result(task: str, record: dict[str, Any]) -> str:
    """The record's one most telling line."""
    n = f"{record['tested_on']:,}"
    if "bits_per_byte" in record:
        return f"{record['bits_per_byte']:.3f} bits per byte of {n} unseen files"
    if "bleu" in record:
        return f"BLEU {record['bleu']:.1f} on {n} unseen sentences of {task}"
    right = record["exact_match"]
    return f"right to the last character: {right:.1%} of {n} unseen {task}"
