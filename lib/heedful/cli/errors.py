"""How a command ends when the user, or the machine, makes a mistake: in one line."""

import os
import sys
from typing import Any, NoReturn

import click


def fail(message: str, code: int = 2, every_process: bool = False) -> NoReturn:
    """End the command with one line on stderr.

    Of the processes that torchrun started on a machine the first one says it, unless
    it may be the one that cannot.
    """
    if every_process or os.environ.get("LOCAL_RANK", "0") == "0":
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
