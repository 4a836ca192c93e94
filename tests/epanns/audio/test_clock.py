"""Sound keeps the time that its container's clock gives it."""

from pathlib import Path

import numpy as np
import pytest

from epanns.audio.decode import open_sound
from epanns.audio.read import blocks
from epanns.audio.selection import SoundSelection
from tests.support.containers import beep, onsets, write_tracks

CLOCKS = [
    ("mkv", "pcm_s16le"),
    ("mkv", "aac"),
    ("mka", "flac"),
    ("webm", "libopus"),
    ("mp4", "aac"),
    ("m4a", "aac"),
    ("nut", "pcm_s16le"),
]
STREAMS = [("ts", "mp2"), ("ts", "aac"), ("mpg", "mp2")]
DELAY = 0.1  # seconds by which encoders may put sound off


def heard(path: Path, track: int | None = None) -> tuple[list[float], float, list[str]]:
    """When whistles begin, the length, and the warnings without the file's name."""
    warnings: list[str] = []
    sound = np.concatenate(list(blocks(path, warnings=warnings, selection=SoundSelection(track))))
    return onsets(sound), len(sound) / 32000, [text.replace(str(path), "F") for text in warnings]


@pytest.mark.parametrize(
    ("ending", "codec", "start"),
    [*((*form, 0.0) for form in CLOCKS), *((*form, at) for form in STREAMS for at in (0.0, 5.0))],
)
def test_sound_without_holes_is_as_it_is_wherever_the_clock_of_a_stream_starts(
    ending: str, codec: str, start: float, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{ending}"
    write_tracks(path, [[(start, beep(6.0, 1.0))]], codec)
    at, seconds, warnings = heard(path)
    assert at == pytest.approx([1.0], abs=DELAY) and seconds == pytest.approx(6.0, abs=DELAY)
    assert not warnings


@pytest.mark.parametrize(("ending", "codec"), [*CLOCKS, *STREAMS])
def test_a_hole_is_silence(ending: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    write_tracks(path, [[(0.0, beep(4.0, 1.0)), (7.0, beep(3.0, 1.0))]], codec)
    at, seconds, (warning,) = heard(path)
    assert at == pytest.approx([1.0, 8.0], abs=DELAY)
    assert seconds == pytest.approx(10.0, abs=0.15)
    assert warning.startswith("F lacks 3.0 s of sound, the first of it at 4.")


@pytest.mark.parametrize(("ending", "codec"), CLOCKS)
def test_a_late_start_is_silence(ending: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    write_tracks(path, [[(5.0, beep(3.0, 1.0))]], codec)
    at, seconds, (warning,) = heard(path)
    assert at == pytest.approx([6.0], abs=DELAY) and seconds == pytest.approx(8.0, abs=DELAY)
    assert warning.startswith(("F begins 5.0 s after", "F begins 4.9 s after"))


@pytest.mark.parametrize(("ending", "codec"), [*CLOCKS, *STREAMS])
def test_a_late_track_waits_for_the_first(ending: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    write_tracks(path, [[(0.0, beep(9.0, 2.0))], [(5.0, beep(3.0, 1.0))]], codec)
    at, _, _ = heard(path, track=2)
    assert at == pytest.approx([6.0], abs=DELAY)


def test_many_short_holes_do_not_add_up(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    pieces = [(0.53 * number, beep(0.5, 0.1)) for number in range(40)]
    write_tracks(path, [pieces])
    at, _, (warning,) = heard(path)
    assert at == pytest.approx([0.53 * number + 0.1 for number in range(40)], abs=0.07)
    assert "F lacks 1." in warning


def test_a_clock_that_jumps_back_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """As in recordings of broadcasts that were joined."""
    path = tmp_path / "a.ts"
    write_tracks(path, [[(0.0, beep(6.0, 1.0))]], "mp2")
    path.write_bytes(path.read_bytes() * 2)
    at, seconds, (warning,) = heard(path)
    assert at == pytest.approx([1.0, 7.0], abs=0.15) and seconds == pytest.approx(12.0, abs=0.2)
    assert warning == "F has a clock that jumps; times after that are counted on."


def test_a_clock_that_leaps_ahead_does_not_make_hours_of_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    write_tracks(path, [[(0.0, beep(3.0, 1.0)), (20000.0, beep(3.0, 1.0))]], "mp2")
    at, seconds, warnings = heard(path)
    assert at == pytest.approx([1.0, 4.0], abs=DELAY) and seconds == pytest.approx(6.0, abs=0.2)
    assert "F has a clock that jumps; times after that are counted on." in warnings


def test_the_examples(shared: Path) -> None:
    for name, whistle, said in (
        ("late_start.mkv", 7.0, "begins 5.0 s after its clock"),
        ("late_start.mp4", 7.0, "begins 4.9 s after its clock"),
        ("gap.mkv", 8.0, "lacks 3.0 s of sound, the first of it at 4.5 s"),
    ):
        path = shared / "faults" / name
        faults: list[str] = []
        with open_sound(path, faults=faults) as sound:
            mono = np.concatenate([block[:, 0] for block in sound.blocks])
        at = onsets(mono, sound.sample_rate, 0.04)
        assert min(abs(moment - whistle) for moment in at) < 0.08, name
        assert [said in fault for fault in faults] == [True], name
