"""Convert a checkpoint in a process of its own, so that torch never enters this one."""

import json
import os
import subprocess
import sys
from pathlib import Path

from epanns.errors import ConversionError, WeightsError
from epanns.paths import ROOT

UNREADABLE, UNCONVERTED = 3, 4  # exit codes of the other process


def convert_apart(checkpoint: Path, framewise: bool = False) -> None:
    """Do what epanns.conversion.convert.convert does; the result is beside the checkpoint.

    Nothing is kept where its folder cannot be written to.

    Raises:
        WeightsError: the weights cannot be read.
        ConversionError: they cannot be converted.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(checkpoint.absolute()), json.dumps(framewise)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # somebody may be listening meanwhile
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    if done.returncode == UNREADABLE:
        raise WeightsError(said[-1])
    if done.returncode == UNCONVERTED:
        raise ConversionError(said[-1])
    if done.returncode:
        raise ConversionError(
            f"{checkpoint} could not be converted ({said[-1]}); try --runtime torch."
        )


def _main() -> None:
    """What the other process does."""
    if hasattr(os, "nice"):
        os.nice(10)
    from epanns.conversion.convert import convert

    checkpoint, framewise = sys.argv[1:]
    try:
        convert(Path(checkpoint), json.loads(framewise))
    except WeightsError as error:
        print(error, file=sys.stderr)
        sys.exit(UNCONVERTED if isinstance(error, ConversionError) else UNREADABLE)


if __name__ == "__main__":
    _main()
