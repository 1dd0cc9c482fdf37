"""`heedful sweep`: train a grid of models, to see how the loss falls with compute."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from heedful.cli.errors import fail

if TYPE_CHECKING:
    from heedful.scaling.grid import Run, Settings
    from heedful.scaling.rows import Sweep

PRESETS = ("laptop", "minutes")


@click.command()
@click.option("--preset", type=click.Choice(PRESETS), default="laptop",
              show_default=True, help="Which grid to train.")  # fmt: skip
@click.option("--config", "config_file", type=click.Path(path_type=Path),
              help="JSON file with other settings: a sweep.json.")  # fmt: skip
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the results.  [default: beside the runs]")  # fmt: skip
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64),
              help="Number of models trained at a time, one core each.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the sweep that is there.")
@click.option("--again", is_flag=True, help="Start anew; the old results are renamed.")
@click.option("--plan", is_flag=True, help="Show what would be trained, and stop.")
@click.option(
    "--bet",
    is_flag=True,
    help="Predict, and then train, a model beyond the finished sweep.",
)
def sweep(
    preset: str,
    config_file: Path | None,
    folder: Path | None,
    workers: int,
    resume: bool,
    again: bool,
    plan: bool,
    bet: bool,
) -> None:
    r"""Train models of many sizes, each with several budgets of compute.

    \b
    The text is Python code that is installed here: the standard library, torch, sympy,
    networkx and numpy, tens of millions of tokens. No run reads a token twice. One row
    per run, in runs.csv.
      laptop    2.5 orders of magnitude of compute: some hours of two cores
      minutes   the cheap end of it

    Whatever stops it, --resume goes on: finished runs are kept, others start again.

    With --bet, the law fitted to the finished sweep predicts the loss of a larger
    model, with an interval. The prediction is written to bet.json, with its date. Then
    the model is trained (about an hour of one core) and the outcome is written below.
    """
    from heedful.scaling.grid import SETTINGS, planned
    from heedful.scaling.rows import SweepError, set_sweep_aside
    from heedful.scaling.sweep import sweep as run_sweep
    from heedful.scaling.sweep import tokens_of
    from heedful.text.packages import DataError
    from heedful.train.lock import LockedError
    from heedful.train.run import runs_dir

    if bet:
        _refuse_what_a_bet_ignores()
    folder = folder or runs_dir().parent / "sweep"
    try:
        settings = _read(config_file) if config_file else SETTINGS[preset]
        if plan:
            _show(planned(settings, tokens_of(settings)))
            return
        if bet:
            _bet(folder)
            return
        if again:
            set_sweep_aside(folder)
        done = run_sweep(settings, folder, workers, resume)
    except KeyboardInterrupt:
        rest = f"--resume goes on from the finished runs in {folder}"
        if bet:
            rest = "--bet trains the model anew, and the prediction stays"
        fail(f"stopped; {rest}", code=130)
    except SweepError as error:
        fail(f"{error}; --resume goes on, --again starts anew, --out is another folder")
    except (DataError, LockedError, ValueError) as error:
        fail(str(error))
    except BrokenPipeError:
        raise  # `| head` has seen enough; click ends quietly
    except OSError as error:
        place = error.filename or folder
        fail(f"cannot write {place}: {error.strerror}; choose another --out")
    _tell(done)
    click.echo(f"saved in {folder}")


def _refuse_what_a_bet_ignores() -> None:
    """The sweep's own record has the settings of the bet."""
    context = click.get_current_context()
    given = [
        option.opts[0]
        for option in context.command.params
        if option.opts[0] not in ("--bet", "--out")
        and context.get_parameter_source(str(option.name))
        is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(
            f"--bet trains what the sweep in --out tells; leave out {', '.join(given)}"
        )


def _bet(folder: Path) -> None:
    from heedful.scaling.bet import FILE, settle, stake

    bet = stake(folder)
    low, high = bet.interval
    click.echo(
        f"predicted at {bet.made} from {bet.n_rows} runs: {bet.loss:.3f} nats per "
        f"token, with {bet.level:.0%} between {low:.3f} and {high:.3f}, for "
        f"{bet.run.n_parameters:,} parameters on {bet.run.tokens:,} tokens "
        f"({bet.run.flops:.3g} FLOPs)"
    )
    bet = settle(folder)
    assert bet.outcome
    click.echo(
        f"trained at {bet.outcome['finished']}: {bet.outcome['valid_loss']:.3f}, "
        f"{'inside' if bet.won else 'outside'}"
    )
    click.echo(f"saved in {folder / FILE}")


def _read(file: Path) -> "Settings":
    from heedful.scaling.grid import Settings

    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Settings(**told.get("settings", told))
    except (OSError, AttributeError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} has no settings of a sweep: {error}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{file} is not readable as JSON: {error}") from None


def _show(runs: "list[Run]") -> None:
    click.echo("   budget  width  parameters      tokens   steps  CPU seconds")
    for run in runs:
        click.echo(
            f"{run.budget:9.3g} {run.d_model:6} {run.n_parameters:11,} "
            f"{run.tokens:11,} {run.n_steps:7,} {run.seconds:12,.0f}"
        )
    hours = sum(run.seconds for run in runs) / 3600
    click.echo(f"{len(runs)} runs, about {hours:.1f} hours of CPU time")


def _tell(done: "Sweep") -> None:
    """The best run of each budget."""
    for budget in sorted({row["budget"] for row in done.rows}):
        rows = [row for row in done.rows if row["budget"] == budget]
        best = min(rows, key=lambda row: row["valid_loss"])
        click.echo(
            f"{budget:9.3g} FLOPs: best of {len(rows)} runs {best['valid_loss']:.3f} "
            f"nats per token, {best['n_parameters']:,} parameters on "
            f"{best['tokens']:,} tokens"
        )
