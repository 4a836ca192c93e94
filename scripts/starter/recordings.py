"""Which recordings of ../shared/audio may shape the starter, and what for."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from epanns.training.listing import Row, read_listing

# Folders whose licences are unknown, or leave open whether a trained model may be published.
UNCLEAR_FOLDERS = frozenset(
    (
        "animal-sound-dataset",
        "cytopia",
        "freepats",
        "gcompris",
        "gcompris-voices",
        "shattered-pixel-dungeon",
        "tamtam",
        "unknown-horizons",
    )
)
# In the other folders, files under licences that do; a choice of licences has a clear one first.
UNCLEAR_LICENCES = ("not stated", "gpl", "lgpl", "cc sampling+", "cc (type not stated)")
CALIBRATION = "calibrate"
CALIBRATION_SHARE = 0.06


def recordings(audio: Path, hold_out: tuple[str, ...] = ()) -> Iterator[Row]:
    """What to train on: the rows of audio/manifest.csv that licences allow, none of split test.

    Some of the split train are put into a split of their own, to calibrate on: by the checksum of
    their names up to the first digit, so that cuts of one recording mostly stay together.

    Args:
        audio: the folder of manifest.csv.
        hold_out: parts of the names of sources to leave out.
    """
    for row in read_listing(audio / "manifest.csv"):
        folder = row.name.removeprefix("unlabelled/").split("/")[0]
        licence = row.licence.lower()
        if row.split == "test" or folder in UNCLEAR_FOLDERS:
            continue
        if licence.startswith(UNCLEAR_LICENCES) or any(part in row.source for part in hold_out):
            continue
        yield replace(row, split=CALIBRATION) if _calibrates(row) else row


def _calibrates(row: Row) -> bool:
    stem = row.name.rstrip("0123456789s_.og")
    number = int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4])
    return row.split == "train" and number < CALIBRATION_SHARE * 2**32
