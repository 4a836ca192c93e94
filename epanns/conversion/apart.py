"""Convert a checkpoint in a process of its own, so that torch never enters this one."""

import subprocess
import sys
from pathlib import Path

from epanns.errors import WeightsError
from epanns.paths import ROOT


def convert_apart(checkpoint: Path, framewise: bool | None = None) -> None:
    """Do what epanns.conversion.convert.convert does; the result is beside the checkpoint.

    Nothing is kept where its folder cannot be written to.

    Raises:
        WeightsError: what the other process said went wrong.
    """
    head = [] if framewise is None else ["--framewise" if framewise else "--clipwise"]
    command = [sys.executable, "-m", "epanns", "models", "convert", *head, "--"]
    done = subprocess.run(
        [*command, str(checkpoint.absolute())],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise WeightsError(said[-1] if said else f"{checkpoint} could not be converted.")
