"""`heedful exercises`: a topic to work on, how far it is, other numbers for a class."""

from pathlib import Path

import click

from heedful.cli.errors import fail

PLACE = click.option(
    "--in", "place", type=click.Path(path_type=Path),
    help="The folder of your work, instead of heedful-exercises in your home.",
)  # fmt: skip


@click.group()
def exercises() -> None:
    """Copy exercises to work on, see how far you are, make others for a class.

    \b
      heedful exercises open 05            copy a topic; never overwrites your work
      heedful exercises status             how many tasks are done
      heedful exercises make 05 --seed 7   the same with other numbers and bugs
    """  # noqa: D301 (click knows the character, not the backslash)


@exercises.command("open")
@click.argument("topic")
@PLACE
def open_(topic: str, place: Path | None) -> None:
    """Copy the exercises TOPIC, a number or a name, into the folder of your work.

    If they are there already, nothing is touched.
    """
    from heedful.exercises import folders

    folder = _topic(topic)
    place = place or _default_place()
    path = place / f"{folder.name}.ipynb"
    try:
        folders.copy_for_learner(folder, place)
        click.echo(f"copied to {path}")
    except FileExistsError:
        if not path.is_file():
            fail(f"cannot use {place}: something else is there")
        click.echo(f"{path} is there already: not touched")
    except OSError as error:
        fail(f"cannot use {error.filename or path}: {error.strerror}")
    click.echo(f"the chapter: chapters/{folder.name}; now: jupyter lab {path}")


@exercises.command()
@PLACE
def status(place: Path | None) -> None:
    """Show for each topic how many tasks are done, as its notebook was last saved."""

    place = place or _default_place()
    for folder in _topics():
        path = place / f"{folder.name}.ipynb"
        click.echo(f"{folder.name:20} {_how_far(path)}")
    click.echo(f"(in {place})")


def _how_far(path: Path) -> str:
    from heedful.exercises import folders

    if not path.exists():
        return "not opened"
    try:
        found = folders.progress(folders.read(path))
    except (folders.ExercisesError, OSError):
        return "cannot be read: is it a notebook?"
    n_tasks = found.done + found.wrong + found.untried
    wrong = f", {found.wrong} wrong" if found.wrong else ""
    return f"{found.done} of {n_tasks} tasks done{wrong}"


@exercises.command()
@click.argument("topic")
@click.option(
    "--seed",
    type=click.IntRange(min=1),
    required=True,
    help="Any whole number from 1; the same number makes the same exercises.",
)
@click.option("--to", "target", type=click.Path(path_type=Path),
              help="Where to write, instead of exercises-seed-SEED here.")  # fmt: skip
def make(topic: str, seed: int, target: Path | None) -> None:
    """Make the exercises TOPIC with other numbers, sizes and bugs, and their solutions.

    The checks are the same: they check this variant, too.
    """
    from heedful.exercises import folders

    folder = _topic(topic)
    target = (target or Path(f"exercises-seed-{seed}")) / folder.name
    names = ("exercises.ipynb", "solutions.ipynb")
    if target.exists():
        fail(f"{target} is there already: choose another folder by --to")
    try:
        for name, notebook in zip(names, folders.variant(folder, seed)):
            folders.write(target / name, notebook)
    except OSError as error:
        fail(f"cannot use {error.filename or target}: {error.strerror}")
    click.echo(f"made {target}: {' and '.join(names)}")


def _topic(wanted: str) -> Path:
    from heedful.exercises import folders

    try:
        return folders.topic(wanted)
    except folders.ExercisesError as error:
        fail(str(error))


def _topics() -> list[Path]:
    from heedful.exercises import folders

    try:
        return folders.topics()
    except folders.ExercisesError as error:
        fail(str(error))


def _default_place() -> Path:
    return Path.home() / "heedful-exercises"
