"""scripts/starter/card: figures in the model card, and those of the card that ships."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from epanns.paths import MODELS
from epanns.storage.checksums import sha256_of
from starter.card import CardError, fill

CARD = """# Model card

Written by hand.

<!-- file -->
<!-- /file -->

More by hand.

<!-- figures -->
old figures
<!-- /figures -->
The end.
"""


def scorer(mean: float) -> dict[str, Any]:
    return {
        "mAP": mean,
        "mAP_of_classes_all_know": mean + 0.01,
        "esc10": {"clips": 65, "top1": 0.8615, "top3": 0.9538},
    }


def reliability(precision: float) -> dict[str, Any]:
    case = {"above": 0.3, "up_to": 0.5, "cases": 1234, "mean_score": 0.39, "share_right": None}
    return {"calibration_error": 0.02, "precision": precision, "recall": 0.5, "bins": [case]}


FIGURES: dict[str, Any] = {
    "goals": [
        {"name": "whole clips", "value": 1.0612, "at_least": 1.05, "met": True},
        {"name": "size in bytes", "value": 5500000, "at_most": 5000000, "met": False},
    ],
    "file": {"name": "starter.pth", "bytes": 4595637, "sha256": "e542"},
    "network": {
        "widths": [16, 16, 32, 32, 64, 64, 128, 128, 192, 192, 256, 256],
        "embedding": 512,
        "learnt_values": 2282719,
        "multiply_accumulates_per_second": 101159424,
        "share_of_epanns": 0.0818,
    },
    "recognition": {
        cut: {
            "clips": 817,
            "classes": 185,
            "classes_all_know": 181,
            "starter": scorer(0.512),
            "Mn04": scorer(0.4),
            "YAMNet": scorer(0.44),
            "times_the_teacher": 1.28,
        }
        for cut in ("whole", "loudest")
    },
    "lengths": [
        {
            "seconds": 0.5,
            "clips": 817,
            "mAP": {"starter": 0.3265, "Mn04": 0.2374},
            "mAP_of_their_loudest_second": {"starter": 0.4011, "Mn04": 0.3972},
        }
    ],
    "speech": {
        "sentences": {
            "all": {"segments": 129, "speech_first": 0.969},
            "each": {"de+f5": {"segments": 129, "speech_first": 0.969}},
            "first_instead": {"Animal": 4},
        },
        "recordings": {
            "all": {"segments": 10, "speech_first": 1.0},
            "each": {"github:librosa/data": {"segments": 10, "speech_first": 1.0}},
            "first_instead": {},
        },
    },
    "calibration": {
        "by_labels": reliability(0.5978),
        "without_doubtful": reliability(0.76),
    },
    "never_heard": {
        "sources": {"github:feross/freepats": 107, "github:sugarlabs/tamtam": 76},
        "clips": 183,
        "classes": 70,
        "whole": {"starter": 0.42, "Mn04": 0.4, "starter_v0": 0.25},
        "loudest": {"starter": 0.36, "Mn04": 0.4, "starter_v0": 0.2},
    },
}


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "starter.md"
    path.write_text(CARD)
    return path


def test_figures_stand_between_the_markers_and_the_rest_is_left_alone(card: Path) -> None:
    fill(card, FIGURES)
    text = card.read_text()
    assert text.startswith("# Model card\n\nWritten by hand.\n\n<!-- file -->\n")
    assert "\n<!-- /file -->\n\nMore by hand.\n\n<!-- figures -->\n" in text
    assert text.endswith("\n<!-- /figures -->\nThe end.\n")
    assert "old figures" not in text


@pytest.mark.parametrize(
    "line",
    [
        "| file | `starter.pth`, 4,595,637 bytes, sha256 `e542` |",
        "| values | 2.28 M learnt |",
        "| whole clips | 1.061 | at least 1.050 | yes |",
        "| size in bytes | 5,500,000 | at most 5,000,000 | no |",
        "| mAP, the loudest second of each clip | 0.512 | 0.400 | 0.440 |",
        "| the same over the 181 classes that all of them know | 0.522 | 0.410 | 0.450 |",
        "| ESC-10, 65 clips, first tag right | 0.862 | 0.862 | 0.862 |",
        "| 0.5 s | 817 | 0.327 (0.401) | 0.237 (0.397) |",
        "| all sentences | 129 | 96.9 % |",
        "| librosa/data | 10 | 100.0 % |",
        "| 0.3 to 0.5 | 1,234 | 0.390 | - |",
        "| the loudest second of each clip | 0.360 (0.900) | 0.400 (1.000) | 0.200 (0.500) |",
    ],
)
def test_every_figure_is_shown(card: Path, line: str) -> None:
    fill(card, FIGURES)
    assert line in card.read_text().splitlines()


def test_filling_again_changes_nothing(card: Path) -> None:
    fill(card, FIGURES)
    once = card.read_text()
    fill(card, FIGURES)
    assert card.read_text() == once


def test_tables_are_tables(card: Path) -> None:
    fill(card, FIGURES)
    lines = ["", *card.read_text().splitlines()]
    for before, line in pairwise(lines):
        if line.startswith("|") and before.startswith("|"):
            assert line.count("|") == before.count("|")
        elif line.startswith("|"):
            assert before == "" or before.startswith("<!--")


def test_without_yamnet_there_is_no_column_for_it(card: Path) -> None:
    without = json.loads(json.dumps(FIGURES))
    for cut in without["recognition"].values():
        del cut["YAMNet"]
        cut["classes_all_know"] = cut["classes"]
    fill(card, without)
    assert "YAMNet" not in card.read_text()
    assert "all of them know" not in card.read_text()


@pytest.mark.parametrize("marker", ["<!-- file -->", "<!-- /figures -->"])
def test_a_card_without_a_marker_is_refused_and_left_as_it_is(card: Path, marker: str) -> None:
    text = CARD.replace(marker, "")
    card.write_text(text)
    with pytest.raises(CardError, match=r"must hold .* each of them once"):
        fill(card, FIGURES)
    assert card.read_text() == text


# --- what ships


@pytest.fixture
def shipped() -> dict[str, Any]:
    path = MODELS / "starter.json"
    if not path.exists():
        pytest.skip("models/starter.json is not there; scripts/make_starter writes it")
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return figures


def test_the_card_that_ships_shows_the_figures_that_ship(
    shipped: dict[str, Any], tmp_path: Path
) -> None:
    text = (MODELS / "starter.md").read_text(encoding="utf-8")
    copy = tmp_path / "starter.md"
    copy.write_text(text, encoding="utf-8")
    fill(copy, shipped)
    assert copy.read_text(encoding="utf-8") == text


def test_the_figures_that_ship_are_of_the_weights_that_ship(shipped: dict[str, Any]) -> None:
    assert shipped["file"]["sha256"] == sha256_of(MODELS / shipped["file"]["name"])
