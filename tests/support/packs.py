"""Packs of clips by python -m epanns pack, in this process."""

from pathlib import Path

from epanns.datasets.pack import Pack
from tests.support.commands import CommandRun, epanns


def run_pack(*words: str | Path) -> CommandRun:
    return epanns("pack", *words)


def names(path: Path) -> tuple[str, ...]:
    with Pack(path) as pack:
        return pack.names
