"""Of several audio tracks the default one is read, and the others are named."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.decode import open_sound
from epanns.errors import AudioFileError
from tests.support.containers import beep, onsets, write_tracks


def whistle(path: Path, track: int | None = None) -> tuple[float, list[str]]:
    """When the only whistle begins, and what was said."""
    faults: list[str] = []
    with open_sound(path, faults=faults, track=track) as sound:
        (at,) = onsets(np.concatenate(list(sound.blocks))[:, 0], sound.sample_rate)
    return at, faults


@pytest.mark.parametrize("ending", ["mkv", "mov", "nut"])
@pytest.mark.parametrize("default", [0, 1, 2])
def test_the_default_track_is_read_and_the_others_are_named(
    default: int, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{ending}"
    tracks = [[(0.0, beep(4.0, at))] for at in (1.0, 2.0, 3.0)]
    write_tracks(path, tracks, default=default)
    at, (said,) = whistle(path)
    assert at == pytest.approx(default + 1.0, abs=0.02)
    others = [f"{number} (pcm_s16le)" for number in (1, 2, 3) if number != default + 1]
    assert said == (
        f"{path} has 3 audio tracks; {default + 1} (pcm_s16le) is read, not {', '.join(others)};"
        " tag, detect and embed read another by --track N."
    )


def test_without_a_default_the_first_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_tracks(path, [[(0.0, beep(4.0, 1.0))], [(0.0, beep(4.0, 2.0))]], default=9)
    assert whistle(path)[0] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("track", [1, 2])
def test_a_track_that_is_asked_for_is_read(track: int, tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write_tracks(path, [[(0.0, beep(4.0, 1.0))], [(0.0, beep(4.0, 2.0))]])
    at, said = whistle(path, track)
    assert at == pytest.approx(track, abs=0.02) and not said


def test_a_track_that_is_not_there_is_refused(tmp_path: Path) -> None:
    wav, mkv = tmp_path / "a.wav", tmp_path / "a.mkv"
    soundfile.write(wav, beep(4.0, 1.0), 16000)
    write_tracks(mkv, [[(0.0, beep(4.0, 1.0))], [(0.0, beep(4.0, 2.0))]])
    assert whistle(wav, 1)[0] == pytest.approx(1.0, abs=0.02)
    with pytest.raises(AudioFileError, match="has one audio track; there is no track 2"):
        whistle(wav, 2)
    with pytest.raises(AudioFileError, match="has 2 audio tracks; there is no track 3"):
        whistle(mkv, 3)


def test_the_example(shared: Path) -> None:
    faults: list[str] = []
    path = shared / "faults/two_tracks.mkv"
    with open_sound(path, faults=faults) as sound:
        silent = max(float(np.abs(block).max()) for block in sound.blocks)
    with open_sound(path, track=2) as sound:
        loud = max(float(np.abs(block).max()) for block in sound.blocks)
    assert silent < 0.01 < 0.1 < loud
    assert "has 2 audio tracks; 1 (aac) is read, not 2 (aac);" in faults[0]
