"""python -m epanns devices: the microphones there are."""

import json
import sys
from dataclasses import asdict
from typing import Any

import click

from epanns.child_process import ChildError, call
from epanns.console import tell
from epanns.errors import DeviceError
from epanns.paths import COMMAND

LIMIT = 20.0  # seconds; a sound system may hang


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a microphone.")
def devices(as_json: bool) -> None:
    """List the microphones: number, name, channels, rates, and whether 32 kHz works.

    The number or a part of the name is what --microphone takes; * marks the default one. Where
    32 kHz does not work, the program records at the rate that the microphone prefers and converts.
    """
    try:
        found = [asdict(each) for each in call("epanns.doctor.sound_check:devices", limit=LIMIT)]
    except ChildError as error:
        raise DeviceError(f"The microphones cannot be listed: {error}") from None
    if as_json:
        for device in found:
            click.echo(json.dumps(device, ensure_ascii=False))
    elif found:
        _show(found)
    if not found:
        tell(f"No microphone is connected; {COMMAND} doctor says more.")


def _show(found: list[dict[str, Any]]) -> None:
    """A table of the microphones."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("", "name", "channels", "32 kHz", "rates (kHz)", "by", box=box.SIMPLE)
    for device in found:
        preferred = f"{device['sample_rate'] / 1000:g}"
        rates = " ".join(f"{rate / 1000:g}" for rate in device["rates"])
        table.add_row(
            f"{device['index']}{'*' if device['is_default'] else ''}",
            escape(device["name"]),
            str(device["channels"]),
            "yes" if device["works_at_32_khz"] else f"converted from {preferred}",
            device["problem"] or rates,
            device["system"],
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)
