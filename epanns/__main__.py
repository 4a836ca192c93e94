"""The command line: epanns, or python -m epanns."""

import sys
from pathlib import Path

import click

from epanns.commands.detect import detect
from epanns.commands.devices import devices
from epanns.commands.doctor import doctor
from epanns.commands.embed import embed
from epanns.commands.evaluate import evaluate
from epanns.commands.export import export
from epanns.commands.live import live
from epanns.commands.models import models
from epanns.commands.pack import pack
from epanns.commands.progress_bar import share_bar
from epanns.commands.prune import prune
from epanns.commands.record import record
from epanns.commands.replay import replay
from epanns.commands.tag import tag
from epanns.commands.train import train
from epanns.console import standard_streams, tell
from epanns.errors import EpannsError, PackagesMissingError
from epanns.packages.installation import announcement, install_training
from epanns.packages.requirements import of_training, remedy
from epanns.paths import COMMAND
from epanns.vocabulary.audioset import tell_problems

WINDOWS = ("live", "replay")  # demo_tag.py itself says there what is wrong with tables


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Show, live, which sounds a microphone hears, and the tools around that."""
    if context.invoked_subcommand not in WINDOWS:
        tell_problems()


COMMANDS = (live, tag, detect, embed, record, replay, export, pack, train, prune, evaluate,
            models, devices, doctor)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)


def run() -> None:
    """Run the command line; its errors become sentences on standard error."""
    with standard_streams():
        try:
            _run_command()
        except EpannsError as error:
            tell(str(error))
            sys.exit(1)


def _run_command() -> None:
    """Run the command; install PyTorch and its company first if it asks for them."""
    try:
        main(prog_name=_typed())
    except (PackagesMissingError, ModuleNotFoundError) as error:
        if isinstance(error, ModuleNotFoundError) and not of_training(error.name):
            raise
        _install_training()
        main(prog_name=_typed())


def _typed() -> str:
    """What the user has typed to get here."""
    name = Path(sys.argv[0]).stem
    return COMMAND if name == "__main__" else name


def _install_training() -> None:
    """Install PyTorch and its company for the command that has asked for them.

    Raises:
        EpannsError: that is not possible, or the setting offline forbids it.
    """
    from epanns.settings import load_settings

    if load_settings().offline:
        raise PackagesMissingError(
            f"The setting offline forbids to fetch PyTorch, which this needs; {remedy('torch')}."
        )
    tell(announcement())
    with share_bar("fetching PyTorch") as report:
        install_training(report)


if __name__ == "__main__":
    run()
