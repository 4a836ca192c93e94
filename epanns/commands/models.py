"""python -m epanns models: what there is, fetching, checking, converting, quantising."""

import json
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from epanns.commands.progress_bar import share_bar
from epanns.console import tell
from epanns.conversion.opening import convert_in_child
from epanns.errors import (
    ConversionError,
    PackagesMissingError,
    SettingsError,
    WeightsError,
    cause,
)
from epanns.paths import COMMAND, CONVERTED
from epanns.storage.existence import exists
from epanns.views import network_list
from epanns.zoo import catalogue, fetching, inventory


@click.group()
def models() -> None:
    """Networks: which there are, and what can be done with their weights.

    NAME is a name from the zoo, MODEL one of those or the path of a weights file.
    """


@models.command("list")
@click.argument("name", required=False)
@click.option(
    "--measure", "measures", is_flag=True,
    help="Measure what the networks that are here take on this computer, which converts them first"
    " if need be; it is shown from then on.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a network.")
def list_models(name: str | None, measures: bool, as_json: bool) -> None:
    """List the networks, or what is known of NAME.

    The table begins with the two that the program takes by itself, the others follow by mAP, as
    published for AudioSet; M values were learnt. ms is what an update takes on this computer: the
    scores of 1 s of sound, on one thread, as --measure has found.
    """
    names = (_known(name),) if name else catalogue.in_order()
    failed = measures and _measure(names)
    items = [inventory.look(each) for each in names]
    if as_json:
        for item in items:
            click.echo(json.dumps(network_list.as_json(item), ensure_ascii=False))
    elif name:
        click.echo("\n".join(network_list.details(items[0])))
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo("\n".join(network_list.table(items, width)))
        click.echo(
            f"\nWhat is known of one: {COMMAND} models list NAME; to fetch it: {COMMAND} models"
            " fetch NAME."
        )
    if failed:
        raise click.exceptions.Exit(1)


@models.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download NAME into models/, check and convert it.

    What is there already and in order is not fetched again. A file can also be put there by hand,
    from the record and under the name that list tells; then run check.
    """
    holding = inventory.look(_known(name))
    missing = holding.weights.fetchable and (holding.size is None or holding.fault)
    if missing and _offline():
        raise SettingsError(
            f"The setting offline forbids to fetch {name}; change it, or {inventory.by_hand(name)}."
        )
    try:
        if missing and not sys.stderr.isatty():
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


def _measure(names: Sequence[str]) -> bool:
    """Measure the networks that are here; whether that failed with one, which is said."""
    from epanns.zoo import costs

    failed = False
    for name in filter(catalogue.is_here, names):
        tell(f"Measuring {name} ...")
        try:
            file = catalogue.resolve(name)
            costs.note(file.checksum, costs.measure(file))
        except PackagesMissingError:
            raise
        except WeightsError as error:
            failed = True
            tell(str(error))
        except OSError as error:
            raise WeightsError(
                f"What {name} takes cannot be noted in {catalogue.MODELS}: {cause(error)}."
            ) from None
    return failed


def _known(name: str) -> str:
    """A name from the zoo.

    Raises:
        WeightsError: there is no such name.
    """
    if not catalogue.is_published(name):
        known = ", ".join(catalogue.names())
        raise WeightsError(f"There is no network {name}; there are {known}.")
    return name


def _offline() -> bool:
    """Whether the settings forbid to use the internet."""
    from epanns.settings import load_settings

    return load_settings().offline
