"""`heedful compare`: the models of before 2017 and the Transformer, side by side."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heedful.cli.errors import fail

if TYPE_CHECKING:
    from heedful.studies.records import Study


@click.command()
@click.option("--steps", type=int, help="Number of training steps of each model.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 100),
              help="Number of trainings of each model.")  # fmt: skip
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the results.  [default: beside the runs]")  # fmt: skip
@click.option("--again", is_flag=True, help="Start anew; the old results are renamed.")
def compare(steps: int | None, seeds: int, folder: Path | None, again: bool) -> None:
    r"""Train four equally large models on `numbers` and compare them.

    \b
    A GRU, a GRU with attention, a convolutional model and the Transformer: the same
    number of parameters, the same batches, the same number of steps. First each model
    looks for its learning rate. About 25 minutes on two idle cores.

    Ctrl-C keeps every training that was finished; the same command goes on from there.
    """
    from heedful.studies.comparison import Settings
    from heedful.studies.comparison import compare as run_study
    from heedful.studies.records import StudyError, set_study_aside
    from heedful.train.run import runs_dir

    folder = folder or runs_dir().parent / "compare"
    try:
        settings = Settings()
        if steps is not None:
            recipe = replace(settings.recipe, n_steps=steps)
            settings = replace(settings, recipe=recipe)
        if again:
            set_study_aside(folder)
        study = run_study(settings, seeds, folder)
        _draw(study, folder / "compare.svg")
    except KeyboardInterrupt:
        fail(f"stopped; the finished trainings are in {folder}", code=130)
    except StudyError as error:
        fail(f"{error}; --again starts anew, --out chooses another folder")
    except ValueError as error:
        fail(str(error))
    except OSError as error:
        place = error.filename or folder
        fail(f"cannot write {place}: {error.strerror}; choose another --out")
    for row in study.table():
        if row["part"] == "all":
            click.echo(
                f"{row['label']:20}{row['parameters']:8,} parameters "
                f"{row['right']:6.1%} right ({row['right_low']:.1%} to "
                f"{row['right_high']:.1%}), {row['cpu_ratio']:.2f} times the "
                "Transformer's CPU time"
            )
    click.echo(f"saved in {folder}")


def _draw(study: "Study", file: Path) -> None:
    from matplotlib import rc_context

    from heedful.figures import comparison, use_style

    with rc_context():
        use_style()
        comparison(study).savefig(file)
