"""Tables, JSON and CSV of an evaluation."""

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from epanns.evaluation.clip_scores import ClipResult, ClipScores, results
from epanns.evaluation.evaluation_report import FEW, show, write_classes, write_json
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary

SPEECH, MUSIC, DOG = (AUDIOSET.index(name) for name in ("Speech", "Music", "Dog"))


@pytest.fixture
def found() -> list[ClipResult]:
    """Two scorers on eight clips of two sources; the second does not know dogs."""
    targets = np.zeros((8, len(AUDIOSET)), np.bool_)
    targets[:4, SPEECH] = targets[4:7, MUSIC] = targets[6:, DOG] = True
    good = targets * 0.5 + np.linspace(0, 0.1, 8)[:, None]
    poor = np.tile(np.linspace(0, 1, 8)[:, None], len(AUDIOSET))
    poor[:, DOG] = np.nan
    sources = ("many [bold]",) * 6 + ("few",) * 2
    scores = {
        ("good", "loudest"): good.astype(np.float32),
        ("poor", "loudest"): poor.astype(np.float32),
    }
    return results(ClipScores(sources, targets, scores))


def printed(found: list[ClipResult]) -> str:
    console = Console(file=io.StringIO(), width=120)
    show(console, found)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_holds_what_was_measured(found: list[ClipResult]) -> None:
    text = printed(found)
    assert "The loudest second of each clip (8 clips)" in text
    good = next(line.split() for line in text.splitlines() if line.startswith(" good"))
    assert good == ["good", "1.000", "1.000", "inf", "1.000", "1.000", "3", "1.000"]
    poor = next(line.split() for line in text.splitlines() if line.startswith(" poor"))
    precision, auc = found[1].all.mean_average_precision, found[1].all.mean_auc
    assert poor[1:3] == [f"{precision:.3f}", f"{auc:.3f}"] and poor[6:] == ["2", f"{precision:.3f}"]
    assert "mAP of 2" in text and "poor does not know 1 of them" in text
    assert f"{len(AUDIOSET) - 3} that no clip has are left out" in text


def test_sources_of_few_clips_are_only_counted(found: list[ClipResult]) -> None:
    text = printed(found)
    many = next(line.split() for line in text.splitlines() if "many" in line)
    assert many[:4] == ["many", "[bold]", "6", "1.000"]  # a name is no markup
    assert " few " not in text
    assert f"Not shown: sources with fewer than {FEW} clips (1)." in text


def test_the_json_file_holds_everything_as_plain_numbers(
    found: list[ClipResult], tmp_path: Path
) -> None:
    path = tmp_path / "found.json"
    write_json(path, {"split": "test"}, found)
    content = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert content["split"] == "test"
    good, poor = content["results"]
    assert (good["scorer"], good["cut"], good["clips"], good["classes"]) == (
        "good",
        "loudest",
        8,
        3,
    )
    assert good["mAP"] == good["auc"] == 1.0 and good["d_prime"] is None
    assert poor["classes_unknown"] == 1 and poor["mAP_shared"] == poor["mAP"]
    assert poor["mAP"] == found[1].all.mean_average_precision
    assert {name: each["clips"] for name, each in good["by_source"].items()} == {
        "many [bold]": 6,
        "few": 2,
    }


def test_the_csv_has_a_row_for_each_class_that_occurs(
    found: list[ClipResult], tmp_path: Path
) -> None:
    path = tmp_path / "classes.csv"
    write_classes(path, found)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["scorer"], row["name"]) for row in rows] == [
        (scorer, name) for scorer in ("good", "poor") for name in ("Speech", "Dog", "Music")
    ]
    assert all(AUDIOSET.ids[int(row["index"])] == row["id"] for row in rows)
    assert [int(row["clips"]) for row in rows[:3]] == [4, 2, 3]
    assert float(rows[0]["average_precision"]) == 1.0 and math.isinf(float(rows[0]["d_prime"]))
    assert rows[4]["average_precision"] == rows[4]["auc"] == rows[4]["d_prime"] == ""


def test_the_csv_names_the_classes_of_another_vocabulary(tmp_path: Path) -> None:
    targets = np.array([[True, False, False], [False, False, True]])
    scored = {("mine", "whole"): targets * np.float32(0.5)}
    sea = Vocabulary(["whale", "ship", "rain"])
    path = tmp_path / "classes.csv"
    write_classes(path, results(ClipScores(("sea",) * 2, targets, scored, sea)))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["index"], row["id"], row["name"]) for row in rows] == [
        ("0", "", "whale"),
        ("2", "", "rain"),
    ]
