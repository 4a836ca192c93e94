"""python -m epanns models: convert and quantise networks."""

from pathlib import Path

import click
import numpy as np

from epanns import zoo
from epanns.errors import WeightsError


@click.group()
def models() -> None:
    """Networks: what can be done with their weights.

    MODEL is a name from the zoo or the path of a weights file.
    """


@models.command()
@click.argument("model")
def convert(model: str) -> None:
    """Convert MODEL for the live path.

    The program does this by itself when it first needs a network.
    """
    from epanns.conversion.convert import convert as convert_checkpoint

    checkpoint, framewise = zoo.resolve(model)
    kept = convert_checkpoint(checkpoint, framewise)
    if isinstance(kept, bytes):
        raise WeightsError(f"{checkpoint.parent} cannot be written to, so nothing was kept.")
    click.echo(kept)


@models.command()
@click.argument("model")
@click.option(
    "--recordings",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Compare the scores on the recordings in this folder instead of the bundled sample.",
)
def quantise(model: str, recordings: Path | None) -> None:
    """Quantise MODEL to int8, for the setting precision=int8.

    Says how far its scores are from those in fp32, and keeps it only where they are close.
    """
    from epanns.conversion.quantise import install
    from epanns.conversion.sounds import computed_segments, recorded_segments, sample_segments

    checkpoint, framewise = zoo.resolve(model)
    seconds = sample_segments()
    half = len(seconds) // 2  # one half gives the ranges, the other tries them
    calibration = np.concatenate([seconds[:half], computed_segments()])
    trial = recorded_segments(recordings) if recordings else sample_segments(hop=0.25)[4 * half :]
    report, path = install(checkpoint, calibration, trial, framewise)
    click.echo(f"{report}\n{path}")
