"""`heedful translate`: ask a trained run."""

from pathlib import Path

import click

from heedful.cli.errors import fail


@click.command()
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
