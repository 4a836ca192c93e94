"""What networks cost on this computer: measured by the program, noted, and shown from then on.

The notes are a file in models/, in JSON: {the computer: {sha256 of the weights: seconds}}. They
hold for one processor, one version of ONNX Runtime and one form of the graphs.
"""

import json
import math
import statistics
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from epanns.conversion import cache
from epanns.runtimes.pace import HOP, SEGMENT
from epanns.runtimes.processor import cpuinfo, processor_name
from epanns.storage.atomic import replacing
from epanns.zoo import catalogue
from epanns.zoo.catalogue import WeightsFile

FILE = "measured.json"
WARM_UP, ROUNDS, UPDATES = 3, 5, 9
LONGEST = 3.0  # seconds after which no further round begins


def noted(checksum: str) -> float | None:
    """The seconds that an update takes here, as measure() has found; None if that is not known.

    Args:
        checksum: the sha256 of the weights.
    """
    seconds = _of_this_computer(_notes()).get(checksum)
    is_number = isinstance(seconds, float) and math.isfinite(seconds) and seconds > 0
    return seconds if is_number else None


def note(checksum: str, seconds: float) -> None:
    """Keep what an update takes here.

    Args:
        checksum: the sha256 of the weights.
        seconds: as measure() gives them.

    Raises:
        OSError: models/ cannot be written to.
    """
    notes = _notes()
    notes[_computer()] = {**_of_this_computer(notes), checksum: seconds}
    with replacing(_path()) as draft:
        draft.write_text(json.dumps(notes, indent=1))


def measure(file: WeightsFile) -> float:
    """What an update of the live program takes, for a segment of 1 s, on one thread.

    Segments overlap as they do live, and those for a network at another rate are resampled. The
    quickest of several rounds counts, as other programs slow some of them down; of a round the
    median.

    Args:
        file: the weights; they are converted first if they are not yet.

    Returns:
        Seconds.

    Raises:
        WeightsError: the weights cannot be used.
        PackagesMissingError: they must be converted, and PyTorch is not installed.
    """
    import numpy as np

    from epanns.audio.offline_resampling import resampled
    from epanns.conversion.opening import open_converted
    from epanns.frontend.parameters import SAMPLE_RATE

    runtime = open_converted(file.path, architecture=file.architecture, checksum=file.checksum)
    samples, hop = round(SEGMENT * SAMPLE_RATE), round(HOP * SAMPLE_RATE)
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * samples).astype(np.float32)

    def update(number: int) -> float:
        place = number * hop % samples
        segment = noise[place : place + samples]
        began = time.perf_counter()
        own = resampled(segment, SAMPLE_RATE, runtime.architecture.sample_rate)
        runtime.run(own[None], number * hop if own is segment else None)
        return time.perf_counter() - began

    began = time.monotonic()
    for number in range(WARM_UP):
        update(number)
    rounds: list[float] = []
    while len(rounds) < ROUNDS and (not rounds or time.monotonic() - began < LONGEST):
        first = WARM_UP + UPDATES * len(rounds)
        rounds.append(statistics.median(map(update, range(first, first + UPDATES))))
    return min(rounds)


def _path() -> Path:
    return catalogue.MODELS / FILE


def _notes() -> dict[str, Any]:
    """All notes; none where the file is missing or damaged, as they can be measured again."""
    try:
        found = json.loads(_path().read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _of_this_computer(notes: dict[str, Any]) -> dict[str, Any]:
    found = notes.get(_computer())
    return found if isinstance(found, dict) else {}


def _computer() -> str:
    """What the figures depend on."""
    onnxruntime = version("onnxruntime")
    return f"{processor_name(cpuinfo())}, onnxruntime {onnxruntime}, graphs {cache.FORMAT}"
