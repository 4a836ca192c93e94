"""Which recordings of ../shared/audio may shape the starter, and what for."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from epanns.datasets.listing import ListedClip, read_listing

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
# In the other folders, files under licences that allow it; of a choice the clear one stands first.
CLEAR_LICENCES = re.compile(
    r"(per file: )?(cc0|cc[ -]by(?!-n)|public domain|mit\b|apache-2|bsd-3|unlicense|odbl|cmu arctic"
    r"|free for commercial and non-commercial use)"
)
CALIBRATION = "calibrate"
CALIBRATION_SHARE = 0.06
CUT_OR_TAKE = re.compile(r"(_\d+(_\d+)?s(-\d+)?|-[A-Z])?\.\w+$")  # _12_5s, _010s-2, -B


def recordings(audio: Path) -> Iterator[ListedClip]:
    """What to train on: the rows of audio/manifest.csv that licences allow, none of split test.

    Some of the split train are put into a split of their own, to calibrate on: by the checksums of
    their names without the numbers of cuts and takes of one recording, so that these stay
    together.

    Args:
        audio: the folder of manifest.csv.
    """
    for row in read_listing(audio / "manifest.csv"):
        folder = row.name.removeprefix("unlabelled/").split("/")[0]
        if row.split == "test" or folder in UNCLEAR_FOLDERS:
            continue
        if CLEAR_LICENCES.match(row.licence.lower()):
            yield replace(row, split=CALIBRATION) if _calibrates(row) else row


def _calibrates(row: ListedClip) -> bool:
    recording = CUT_OR_TAKE.sub("", row.name)
    number = int.from_bytes(hashlib.sha256(recording.encode()).digest()[:4])
    return row.split == "train" and number < CALIBRATION_SHARE * 2**32
