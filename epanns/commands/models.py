"""python -m epanns models: what there is, fetching, checking, converting, quantising."""

import sys
from contextlib import suppress
from pathlib import Path

import click

from epanns.commands.progress_bar import share_bar
from epanns.console import tell
from epanns.conversion.opening import convert_in_child
from epanns.errors import ConversionError, SettingsError, WeightsError
from epanns.formatting import megabytes
from epanns.paths import CONVERTED
from epanns.storage.existence import exists
from epanns.zoo import catalogue, fetching, inventory
from epanns.zoo.inventory import InventoryItem

NAME_WIDTH = 23


@click.group()
def models() -> None:
    """Networks: which there are, and what can be done with their weights.

    NAME is a name from the zoo, MODEL one of those or the path of a weights file.
    """


@models.command("list")
def list_models() -> None:
    """List the networks and what there is of them."""
    for name in catalogue.names():
        holding = inventory.look(name)
        weights = holding.weights
        click.echo(f"{name:<{NAME_WIDTH}}{weights.purpose}")
        for line in (weights.file, _state(holding), f"licence: {weights.licence}"):
            click.echo(f"{'':<{NAME_WIDTH}}{line}")
        if not weights.ships:
            click.echo(f"{'':<{NAME_WIDTH}}record: {weights.page}")


@models.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download NAME into models/, check and convert it.

    What is there already and in order is not fetched again. A file can also be put there by hand,
    from the record and under the name that list tells; then run check.
    """
    if not catalogue.is_published(name):
        known = ", ".join(catalogue.names())
        raise WeightsError(f"There is no network {name}; there are {known}.")
    holding = inventory.look(name)
    if (holding.size is None or holding.fault) and _offline():
        raise SettingsError(
            f"The setting offline forbids to fetch {name}; change it, or {inventory.by_hand(name)}."
        )
    try:
        if not sys.stderr.isatty():
            tell(f"Fetching {name} (about {catalogue.weights_of(name).megabytes:g} MB) ...")
        with share_bar(f"fetching {name}", "checking and converting") as progress:
            path = fetching.fetch(name, progress)
            _convert(name)
    except fetching.FetchError as error:
        raise WeightsError(f"{error} By hand: {inventory.by_hand(name)}.") from None
    click.echo(path)


@models.command()
@click.argument("model", required=False)
def check(model: str | None) -> None:
    """Check size, checksum, content and copies.

    Of MODEL, or of all networks that are here; copies are the converted ones. Ends with status 1 if
    something is wrong.
    """
    from epanns.doctor import report
    from epanns.doctor.weights_check import inspect

    names = [
        name
        for name in catalogue.names()
        if exists(catalogue.path_of(name)) or catalogue.weights_of(name).ships
    ]
    findings = (finding for each in ([model] if model else names) for finding in inspect(each))
    shown = report.show(findings, sys.stdout)
    if any(finding.mark == "bad" for finding in shown):
        raise click.exceptions.Exit(1)


@models.command()
@click.argument("model")
def convert(model: str) -> None:
    """Convert MODEL for the live path.

    The program does this by itself when it first needs a network.
    """
    from epanns.conversion.convert import convert as convert_checkpoint

    weights = catalogue.resolve(model)
    kept = convert_checkpoint(weights.path, weights.architecture)
    if isinstance(kept, bytes):
        raise WeightsError(
            f"Neither {weights.path.parent} nor {CONVERTED} can be written to, so nothing was kept."
        )
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
    import numpy as np

    from epanns.conversion.probe_sounds import computed_segments, recorded_segments, sample_segments
    from epanns.conversion.quantise import install

    weights = catalogue.resolve(model)
    seconds = sample_segments()
    half = len(seconds) // 2  # one half gives the ranges, the other tries them
    calibration = np.concatenate([seconds[:half], computed_segments()])
    trial = recorded_segments(recordings) if recordings else sample_segments(hop=0.25)[4 * half :]
    report, path = install(weights.path, calibration, trial, weights.architecture)
    click.echo(f"{report}\n{path}")


def _convert(name: str) -> None:
    """Convert what was fetched, if it is not yet; where that fails, it is said at its first use."""
    weights = catalogue.resolve(name)
    if "fp32" not in inventory.copies_of(weights).fresh:
        with suppress(ConversionError):
            convert_in_child(weights.path, weights.architecture)


def _state(holding: InventoryItem) -> str:
    """Whether a file is there, how large it is, and whether it is converted."""
    if holding.size is None:
        return f"not here, {holding.weights.megabytes:g} MB to fetch"
    size = megabytes(holding.size)
    if holding.fault:
        return f"{size}, but another file than the published one; see check"
    copies = ", ".join(holding.copies.fresh) or ("stale" if holding.copies.stale else "not yet")
    return f"here, {size}, converted: {copies}"


def _offline() -> bool:
    """Whether the settings forbid to use the internet."""
    from epanns.settings import load_settings

    return load_settings().offline
