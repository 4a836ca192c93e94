"""python -m epanns doctor: what works on this computer, and what to do about what does not."""

import sys

import click

from epanns.doctor.__main__ import main


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all figures.")
def doctor(as_json: bool) -> None:
    """Say what works on this computer, and what to do about what does not.

    Takes some seconds, two of which it listens to the microphone: make some noise. Ends with status
    1 if the program could do nothing useful here. Where click is missing, python -m epanns.doctor
    does the same.
    """
    sys.exit(main(as_json))
