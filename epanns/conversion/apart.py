"""Convert a checkpoint in a process of its own, so that torch never enters this one."""

import json
import subprocess
import sys
from pathlib import Path

from epanns.errors import EpannsError, WeightsError
from epanns.paths import ROOT


def convert_apart(checkpoint: Path, framewise: bool | None = None) -> None:
    """Do what epanns.conversion.convert.convert does; the result is beside the checkpoint.

    Nothing is kept where its folder cannot be written to.

    Raises:
        WeightsError: what the other process said went wrong.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(checkpoint.absolute()), json.dumps(framewise)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise WeightsError(said[-1] if said else f"{checkpoint} could not be converted.")


def _main() -> None:
    """What the other process does."""
    from epanns.conversion.convert import convert

    checkpoint, framewise = sys.argv[1:]
    try:
        convert(Path(checkpoint), json.loads(framewise))
    except EpannsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main()
