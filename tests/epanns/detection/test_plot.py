"""Pictures and tables are made of whatever is found; how they look is seen by looking."""

import math
from pathlib import Path

import numpy as np
import pytest

from epanns.detection.event_metrics import measure
from epanns.detection.event_report import figures, report
from epanns.detection.events import Event
from epanns.detection.overview import Overview, overview
from epanns.detection.plot import _clock, draw, draw_recording
from epanns.files.outputs.output import OutputError
from epanns.paths import SAMPLE
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def seen() -> Overview:
    return overview([np.random.default_rng(1).normal(0, 0.1, 64000).astype(np.float32)])


def events(count: int) -> list[Event]:
    return [Event(label, 0.01 * label, 0.01 * label + 1, 0.5) for label in range(count)]


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 5000


@pytest.mark.parametrize("found", [0, 1, 30])
@pytest.mark.parametrize("expected", [None, 0, 3])
def test_any_number_of_events_can_be_drawn(
    tmp_path: Path, seen: Overview, found: int, expected: int | None
) -> None:
    reference = None if expected is None else events(expected)
    draw(tmp_path / "events.png", seen, 2.0, events(found), AUDIOSET, reference, "title", "figures")
    assert is_picture(tmp_path / "events.png")


@pytest.mark.parametrize("waveform", [np.zeros(32000), np.full(1, 0.5), np.full(300, 1e-9)])
def test_silence_and_very_short_sounds_can_be_drawn(tmp_path: Path, waveform: np.ndarray) -> None:
    seen = overview([waveform.astype(np.float32)])
    draw(tmp_path / "quiet.png", seen, len(waveform) / 32000, [], AUDIOSET)
    assert is_picture(tmp_path / "quiet.png")


def test_time_is_written_as_people_write_it() -> None:
    assert [_clock(0.5, 0.1), _clock(7.0, 1), _clock(75.0, 15), _clock(5400.0, 900)] == [
        "0.5", "7", "1:15", "1:30"
    ]  # fmt: skip


def test_report_has_a_line_for_all_for_the_mean_and_for_each_class() -> None:
    right, wrong = Event(0, 0.0, 1.0, 0.5), Event(1, 5.0, 6.0, 0.5)
    measured = measure([([right, wrong], [right])], [0, 1])
    lines = list(report(measured, 1, 0.2, AUDIOSET))
    assert lines[0] == "Compared with the reference of 1 recording, 2 classes:"
    assert [" ".join(line.split()) for line in lines[3:-1]] == [
        "all 0.667 0.500 1.000 0.500 0.667 0.500 1.000 0.500 2 1",
        "mean of the classes 0.500 0.500 1.000 0.500 0.500 0.500 1.000 0.500",
        "Speech 1.000 0.000 1.000 1.000 1.000 0.000 1.000 1.000 1 1",
        "Male speech, man speaki 0.000 1.000 - 0.000 0.000 1.000 - 0.000 1 0",
    ]
    assert "within that or 20 % of" in lines[-1]
    assert figures(measured).startswith("segments: F1 0.67, error rate 0.50")


def test_report_names_the_classes_of_the_network() -> None:
    measured = measure([([Event(1, 0.0, 1.0, 0.5)], [])], [1])
    lines = list(report(measured, 1, 0.2, Vocabulary(("Blackbird", "Robin"))))
    assert lines[-2].startswith("Robin   ")


def test_a_recording_on_disk_can_be_drawn(tmp_path: Path) -> None:
    draw_recording(tmp_path / "sample.png", SAMPLE, 57.2, events(3), AUDIOSET)
    assert is_picture(tmp_path / "sample.png")
    with pytest.raises(OutputError, match=r"no/sample.png cannot be written: No such file"):
        draw_recording(tmp_path / "no/sample.png", SAMPLE, 57.2, [], AUDIOSET)


def test_report_of_nothing_has_no_figures() -> None:
    measured = measure([([], [])], [3])
    assert math.isnan(measured.events.f1)
    assert figures(measured).startswith("segments: F1 -, error rate -")
    assert all(
        set(line[24:].split()) <= {"-", "0"}
        for line in list(report(measured, 1, 0.2, AUDIOSET))[3:-1]
    )
