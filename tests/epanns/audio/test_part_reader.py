"""Several sounds in one file are read as one, with the rate and the channels of the first."""

from pathlib import Path

import numpy as np
import pytest

from epanns.audio.decode import open_sound
from epanns.audio.part_reader import fitted
from epanns.audio.sound import Sound
from epanns.errors import AudioFileError
from tests.support.joined_sounds import read, written


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [16000, 44100])
def test_sound_is_fitted_to_what_came_before(rate: int, channels: int) -> None:
    sine = np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate).astype(np.float32)
    blocks = np.array_split(np.repeat(sine[:, None], channels, axis=1), 7)
    found = np.concatenate(list(fitted(Sound(rate, channels, iter(blocks)), 16000, 2)))
    assert found.shape == (32000, 2) and found.dtype == np.float32
    expected = np.sin(2 * np.pi * 440 * np.arange(32000) / 16000)
    np.testing.assert_allclose(found[200:-200, 1], expected[200:-200], atol=1e-3)


def test_the_length_of_joined_files_is_known_roughly(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(written(3.0, "WAV") + written(2.0, "WAV"))
    with open_sound(path) as sound:
        assert sound.seconds == pytest.approx(5.0, abs=0.01)
        assert (sound.sample_rate, sound.channels) == (16000, 1)


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_what_is_wrong_with_a_joined_file_is_told_of_it(form: str, tmp_path: Path) -> None:
    second = written(2.0, form)
    content = written(3.0, form) + second[: len(second) // 2]
    seconds, (warning,) = read(tmp_path / "a", content)
    assert warning == (
        f"F, from 3.0 s on, is cut off: 2.0 s of sound are promised, {seconds - 3:.1f} s are there."
    )


def test_a_joined_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    second = bytearray(written(2.0, "WAV"))
    second[20:22] = b"\xee\xee"  # a format that nothing knows
    path.write_bytes(written(3.0, "WAV") + second)
    faults: list[str] = []
    with open_sound(path, faults=faults) as sound:
        assert sum(map(len, sound.blocks)) == 48000
    assert len(faults) == 1 and faults[0].startswith("What follows after 3.0 s cannot be read: ")
    with open_sound(path) as sound, pytest.raises(AudioFileError, match="What follows after"):
        list(sound.blocks)


def test_damage_before_a_joined_file_does_not_double_it(tmp_path: Path) -> None:
    """FFmpeg, which reads on after the damage, reads both."""
    first = bytearray(written(3.0, "FLAC"))
    first[len(first) // 2 : len(first) // 2 + 200] = b"\xff" * 200
    seconds, (warning,) = read(tmp_path / "a.flac", bytes(first) + written(3.0, "FLAC"))
    assert seconds == pytest.approx(6.0, abs=0.6) and "is damaged after" in warning
