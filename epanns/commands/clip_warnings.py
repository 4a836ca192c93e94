"""What is wrong with the clips that are packed, measured or learnt from."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from epanns.console import tell

MOST = 20  # clips whose warnings are said in full

STRICT = click.option(
    "--strict", is_flag=True,
    help="Leave out clips that there is a warning about: cut off, damaged, clipped, of channels"
    " that cancel, silent under a label.",
)  # fmt: skip


def tell_warnings(warnings: Mapping[Any, Sequence[str]]) -> None:
    """Say on standard error what is wrong with clips, each by its sentences; of many, the first."""
    for sentences in list(warnings.values())[:MOST]:
        for sentence in sentences:
            tell(sentence)
    if len(warnings) > MOST:
        tell(f"{len(warnings) - MOST} more clips have a warning.")
