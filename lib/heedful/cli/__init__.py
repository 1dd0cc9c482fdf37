"""The command `heedful`: train a model, then ask it something.

One module per subcommand. A user's mistake ends in one line on stderr and exit code 2,
never in a traceback. What is slow to import is imported where a command needs it, so
that `heedful --help` answers at once.
"""

import os
import sys

import click

from heedful.cli.chat import chat
from heedful.cli.compare import compare
from heedful.cli.complete import complete
from heedful.cli.data import data
from heedful.cli.errors import OneLineErrors
from heedful.cli.exercises import exercises
from heedful.cli.sweep import sweep
from heedful.cli.train import train
from heedful.cli.translate import translate

# Read when torch is loaded. A thread that waits for another then sleeps instead of
# spinning, which on busy cores holds up the very thread it is waiting for. On cores
# that do nothing else spinning is faster, and --fast asks for that.
if "--fast" not in sys.argv:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 88}


@click.group(cls=OneLineErrors, context_settings=CONTEXT)
@click.version_option(package_name="heedful")
def main() -> None:
    r"""The Transformer of 2017, small enough to train on a laptop.

    \b
    First time here? Two commands:
      heedful train numbers          learn to write numbers in Japanese (1-2 minutes)
      heedful translate "forty-two"  ask the model that you trained

    `heedful data list` shows what else there is to learn from.
    """


for command in (train, translate, complete, data, compare, sweep, chat, exercises):
    main.add_command(command)

for command in (main, *main.commands.values()):
    # A raw docstring has a backslash and a b; click wants the character they stand for.
    command.help = (command.help or "").replace("\\b\n", "\b\n")
