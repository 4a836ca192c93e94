"""Which recordings may shape the starter."""

import csv
from pathlib import Path

import pytest

from starter.recordings import CALIBRATION, recordings

HEAD = ("path", "labels", "source", "license", "split")


def listed(folder: Path, *rows: tuple[str, ...]) -> dict[str, str]:
    """The splits of the clips that are used, by name."""
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return {row.name: row.split for row in recordings(folder)}


def test_clips_of_the_test_split_are_never_used(tmp_path: Path) -> None:
    used = listed(
        tmp_path,
        ("esc10/dog/1.ogg", "Dog", "github:a", "CC BY 3.0", "test"),
        ("unlabelled/wood/1.ogg", "", "github:b", "BSD-3-Clause", "unlabelled"),
    )
    assert used == {"unlabelled/wood/1.ogg": "unlabelled"}


@pytest.mark.parametrize(
    ("name", "licence", "allowed"),
    [
        ("esc10/dog/1.ogg", "CC BY 3.0", True),
        ("valyria-tear/dog/1.ogg", "CC-BY-SA-3.0 or GPLv3 (somebody)", True),
        ("valyria-tear/dog/1.ogg", "GPLv2+ (somebody)", False),
        ("kde-oxygen/ring/1.ogg", "LGPL-3.0-or-later (somebody)", False),
        ("ibm-max-samples/gun/1.ogg", "CC Sampling+", False),
        ("animal-sound-dataset/dog/1.ogg", "not stated", False),
        ("gcompris/dog/1.ogg", "public domain", False),
        ("esc10/dog/1.ogg", "", False),
        ("esc10/dog/1.ogg", "CC BY-NC 3.0", False),
        ("esc10/dog/1.ogg", "Free Art License", False),
        ("esc10/dog/1.ogg", "per file: CC0 / CC BY 3.0", True),
    ],
)
def test_licences_decide(tmp_path: Path, name: str, licence: str, allowed: bool) -> None:
    assert bool(listed(tmp_path, (name, "Dog", "github:a", licence, "train"))) == allowed


@pytest.mark.parametrize("ending", ["_12_5s", "_010s", "_010s-2", "-B", ""])
def test_some_are_kept_to_calibrate_on_with_all_cuts_and_takes_of_a_recording(
    tmp_path: Path, ending: str
) -> None:
    stems = [f"esc10/dog/{number}-take" for number in range(300)]
    rows = [
        (f"{stem}{each}.ogg", "Dog", "github:a", "CC0", "train")
        for stem in stems
        for each in {ending, "-A"}
    ]
    used = listed(tmp_path, *rows)
    kept = {name for name, split in used.items() if split == CALIBRATION}
    assert 0.02 < len(kept) / len(rows) < 0.12
    assert all(name.replace("-A.ogg", f"{ending}.ogg") in kept for name in kept)
