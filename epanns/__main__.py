"""The command line: python -m epanns."""

import sys

import click

from epanns.commands.detect import detect
from epanns.commands.devices import devices
from epanns.commands.doctor import doctor
from epanns.commands.embed import embed
from epanns.commands.evaluate import evaluate
from epanns.commands.export import export
from epanns.commands.models import models
from epanns.commands.pack import pack
from epanns.commands.record import record
from epanns.commands.replay import replay
from epanns.commands.tag import tag
from epanns.commands.train import train
from epanns.errors import EpannsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tools around the live sound tagger, which itself starts by demo_tag.py."""


COMMANDS = (tag, detect, embed, record, replay, export, pack, train, evaluate, models, devices,
            doctor)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    try:
        main(prog_name="python -m epanns")
    except EpannsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
