"""Sounds to try networks on."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns import AudioFileError
from epanns.audio.level import rms_dbfs
from epanns.conversion.probe_sounds import computed_segments, recorded_segments, sample_segments


def test_sample_is_cut_into_seconds() -> None:
    segments = sample_segments()
    assert segments.shape[0] >= 50 and segments.shape[1:] == (32000,)
    assert segments.dtype == np.float32
    np.testing.assert_array_equal(sample_segments(hop=0.5)[2], segments[1])


def test_computed_sounds_are_many_levels_and_the_same_every_time() -> None:
    segments = computed_segments()
    assert segments.shape[1] == 32000 and segments.dtype == np.float32
    levels = [rms_dbfs(segment) for segment in segments]
    assert not segments[0].any() and min(levels[1:]) < -45 and max(levels) > -20
    assert np.abs(segments).max() <= 1
    np.testing.assert_array_equal(segments, computed_segments())


def test_the_loudest_seconds_of_every_recording_are_taken(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    envelope = np.repeat([0.1, 0.5, 0.2, 0.4, 0.3, 0.05, 0.01], 16000)
    soundfile.write(tmp_path / "below" / "long.wav", envelope, 16000)
    soundfile.write(tmp_path / "short.wav", np.full(8000, 0.9), 16000)
    (tmp_path / "notes.txt").write_text("no sound")
    segments = recorded_segments(tmp_path)
    np.testing.assert_allclose(segments[:, 8000], [0.1, 0.5, 0.2, 0.4, 0.3, 0.9], atol=0.01)
    assert segments[5, 20000:].max() < 0.01, "what is shorter than 1 s is followed by silence"


def test_folder_without_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="no recordings in"):
        recorded_segments(tmp_path)
