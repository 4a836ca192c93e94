"""The command line: python -m epanns."""

import sys

import click

from epanns.commands.evaluate import evaluate
from epanns.commands.models import models
from epanns.commands.pack import pack
from epanns.commands.train import train
from epanns.errors import EpannsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tools around the live sound tagger, which itself starts by demo_tag.py."""


for command in (evaluate, models, pack, train):
    main.add_command(command)

if __name__ == "__main__":
    try:
        main(prog_name="python -m epanns")
    except EpannsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
