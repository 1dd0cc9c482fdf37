"""`heedful train`: teach a model a task, test it on what it never saw."""

from dataclasses import replace
from pathlib import Path

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
