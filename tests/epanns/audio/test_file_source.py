"""A sound file as a source: at the pace of a microphone, once or for ever."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.file_source import FileSource
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.status import SourcePhase
from tests.support.waiting import wait_until


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Half a second at 32 kHz whose samples rise from 0 to 0.9."""
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.linspace(0, 0.9, SAMPLE_RATE // 2), SAMPLE_RATE, "FLOAT")
    return path


def test_a_file_plays_once_at_the_pace_of_a_microphone_and_arrives_whole(ramp: Path) -> None:
    source = FileSource(ramp, "ramp")
    source.start()
    taken = wait_until(lambda: source.state.phase is SourcePhase.ENDED)
    assert 0.4 < taken < 10
    np.testing.assert_array_equal(source.ring.since(0).waveform, soundfile.read(ramp)[0])
    source.stop()


def test_a_looped_file_goes_on_without_a_break(ramp: Path) -> None:
    source = FileSource(ramp, "ramp", loop=True)
    source.start()
    wait_until(lambda: source.ring.position > SAMPLE_RATE)
    assert source.state.phase is SourcePhase.LIVE
    once = soundfile.read(ramp, dtype="float32")[0]
    np.testing.assert_array_equal(source.ring.since(0).waveform[:SAMPLE_RATE], np.tile(once, 2))
    source.stop()
    assert source.state.phase is SourcePhase.STOPPED


def test_a_file_at_another_rate_arrives_to_its_last_sample(tmp_path: Path) -> None:
    path = tmp_path / "ramp.wav"
    soundfile.write(path, np.linspace(0, 0.9, 11025), 44100, "FLOAT")
    source = FileSource(path, "ramp")
    source.start()
    wait_until(lambda: source.state.phase is SourcePhase.ENDED)
    waveform = source.ring.since(0).waveform
    assert waveform.size == SAMPLE_RATE // 4, "what the resampler held back comes at the end"
    np.testing.assert_allclose(waveform[200:-200], np.linspace(0, 0.9, 8000)[200:-200], atol=1e-3)


def test_numbers_that_are_none_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    soundfile.write(path, np.array([0.1, np.nan, np.inf, 0.2]), SAMPLE_RATE, "FLOAT")
    source = FileSource(path, "nan")
    source.start()
    wait_until(lambda: source.state.phase is SourcePhase.ENDED)
    assert source.non_finite == 2
    assert np.isfinite(source.ring.since(0).waveform).all()


@pytest.mark.parametrize(
    ("samples", "reason"), [(None, "no sound file"), (0, "holds no sound; choose another file")]
)
def test_a_file_that_cannot_be_played_fails_with_a_reason(
    samples: int | None, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.wav"
    if samples is None:
        path.write_bytes(b"no sound at all")
    else:
        soundfile.write(path, np.zeros(samples), SAMPLE_RATE)
    source = FileSource(path, "bad", loop=True)
    source.start()
    wait_until(lambda: source.state.phase is SourcePhase.FAILED)
    assert reason in source.state.reason


def test_channels_that_cancel_are_heard_and_told_while_they_play(tmp_path: Path) -> None:
    path = tmp_path / "opposite.wav"
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 2 * SAMPLE_RATE).astype(np.float32)
    soundfile.write(path, np.stack((noise, -noise), axis=1), SAMPLE_RATE, "FLOAT")
    source = FileSource(path, "opposite", loop=True)
    source.start()
    wait_until(lambda: source.state.alone == (1, 2))
    source.stop()
    np.testing.assert_array_equal(source.ring.since(0).waveform[:SAMPLE_RATE], noise[:SAMPLE_RATE])


def test_a_channel_that_is_not_there_is_said(ramp: Path) -> None:
    source = FileSource(ramp, "ramp", channel=2)
    source.start()
    wait_until(lambda: source.state.phase is SourcePhase.FAILED)
    assert "has 1 channel, so there is no channel 2" in source.state.reason
