"""scripts/benchmarks/window.py and delay.py: the window's frames, its delay and its memory."""

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

from benchmarks import delay, frames, window  # noqa: E402 - path above
from benchmarks.delay import Delays  # noqa: E402
from benchmarks.frames import Frame  # noqa: E402
from benchmarks.material import STARTER, Material  # noqa: E402
from epanns.vocabulary.audioset import AUDIOSET  # noqa: E402

SPEECH = AUDIOSET.index("Speech")
LOOK = 0.1  # seconds from frame to frame here


def passing(*bars: Mapping[int, float]) -> list[Frame]:
    """Frames with the given bars, for which Tk's thread computes a fifth of the time."""
    return [Frame(7 + LOOK * i, 3 + LOOK * i / 5, shown) for i, shown in enumerate(bars)]


def lengths(*each: float) -> list[Frame]:
    return passing(*({SPEECH: length} for length in each))


# --- frames


def test_frames_are_counted_with_their_cost_and_the_bars_that_move() -> None:
    still, moving = {1: 0.5, 2: 0.5}, {1: 0.6, 2: 0.4}
    pace, cpu, moved = window.frame_rows("small", [passing(still, still, moving)] * 2)
    assert pace.rounds == pytest.approx([1 / LOOK] * 2)
    assert cpu.rounds == pytest.approx([20, 20])
    assert moved.rounds == [1, 1]  # two bars in one of two steps
    assert (pace.goal, cpu.goal) == (">= 29", "<= 25")


# --- delay


def test_a_bar_has_moved_when_it_leaves_what_it_did_in_the_quiet_room() -> None:
    seen = lengths(0.10, 0.11, 0.10, 0.12, 0.2, 0.51, 0.9, 0.3)
    late = delay.delays(seen, SPEECH, onset=seen[2].at - 0.05)
    assert late.moved == pytest.approx(0.25)
    assert late.half == pytest.approx(0.35)  # from 0.105 to 0.9, half of the way is 0.5025


def test_a_class_without_a_bar_has_one_of_no_length() -> None:
    seen = passing({}, {1: 0.9}, {1: 0.9, SPEECH: 0.4})
    assert delay.delays(seen, SPEECH, seen[1].at) == pytest.approx(Delays(LOOK, LOOK))


@pytest.mark.parametrize("onset", [6.0, 7.15, math.inf])
def test_what_does_not_move_takes_for_ever(onset: float) -> None:
    assert delay.delays(lengths(0.1, 0.1, 0.11, 0.1), SPEECH, onset) == (math.inf, math.inf)


def test_the_rows_have_median_and_95th_percentile_of_each_round() -> None:
    once = [Delays(late / 100, 2 * late / 100) for late in range(20, 0, -1)]
    found = {row.name: row for row in delay.rows("it", [once, once])}
    assert found["burst to first movement, it, median"].rounds == pytest.approx([105, 105])
    assert found["burst to first movement, it, 95 %"].rounds == pytest.approx([190, 190])
    assert found["burst to half of the way, it, 95 %"].rounds == pytest.approx([380, 380])
    assert [row.goal for row in found.values()] == ["<= 700", "<= 800", "", ""]


def test_the_burst_is_the_one_that_raises_a_class_most(tmp_path: Path) -> None:
    burst = delay.choose("starter", Material(tmp_path).sample)
    assert (burst.name, burst.raises) == ("speech", SPEECH)


# --- all of it


@pytest.mark.microphone
@pytest.mark.display
def test_the_window_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    material = Material(tmp_path)
    material.checkpoint = STARTER  # comes up sooner
    monkeypatch.setattr(window, "SIZES", {"large": ("--full-screen",)})
    monkeypatch.setattr(window, "networks", lambda _: {"the starter": "starter"})
    monkeypatch.setattr(frames, "SETTLING", 0.5)
    monkeypatch.setattr(window, "FILLING", 0.0)
    monkeypatch.setattr(window, "READING", 0.5)
    monkeypatch.setattr(window, "MARKS", (10, 30))
    monkeypatch.setattr(delay, "BURSTS", 1)
    section = window.measure(material, 1)
    found = {row.name: row.median for row in section.rows}
    assert 5 < found["large: frames"] < 60  # 30, and a frame or two that are caught up on
    assert 0 < found["large: drawing, share of one core"] < 100
    moved, half = (
        found[f"burst to {what}, the starter, median"]
        for what in ("first movement", "half of the way")
    )
    assert 20 < moved <= half < 2000
    assert "memory, from frame 10 to 30" in found
    assert json.dumps([row.as_json() for row in section.rows])
    assert section.notes[-1] == "the starter: a burst of speech, seen in the bar of Speech."


def test_without_a_sound_server_or_a_screen_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    section = window.measure(Material(tmp_path), 1)
    assert section.rows == []
    assert "pulseaudio" in section.notes[0]
    assert "Xvfb" in section.notes[0]
