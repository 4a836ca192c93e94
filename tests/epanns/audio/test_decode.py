"""Every kind of sound file is read, and what is no sound file gets one clear sentence."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.decode import open_sound
from epanns.audio.read import read_waveform
from epanns.errors import AudioFileError
from tests.support.mutations import encode

RATE = 22050
SINE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)

# Partly readable, or valid and merely unusual; everything else in audio/broken must be refused.
SURVIVES = {
    "all_zero.wav",
    "bad_bits.wav",
    "cut_late.ogg",
    "damaged_late.ogg",
    "data_cut.wav",
    "header_only.wav",
    "huge_length.wav",
    "inf_float.wav",
    "nan_float.wav",
}


def read(path: Path) -> tuple[int, np.ndarray]:
    with open_sound(path) as sound:
        blocks = list(sound.blocks)
        assert all(block.dtype == np.float32 for block in blocks)
        assert all(block.shape[1] == sound.channels for block in blocks)
        return sound.sample_rate, np.concatenate([*blocks, np.zeros((0, sound.channels))])


@pytest.mark.parametrize(
    ("file", "subtype"),
    [("a.wav", "PCM_16"), ("a.wav", "FLOAT"), ("a.flac", "PCM_24"), ("a.wav", "ULAW")],
)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_files_of_libsndfile_are_read_whole(
    file: str, subtype: str, channels: int, tmp_path: Path
) -> None:
    path = tmp_path / file
    soundfile.write(path, np.repeat(SINE[:, None], channels, axis=1), RATE, subtype)
    rate, frames = read(path)
    assert rate == RATE
    assert frames.shape == (RATE, channels)
    np.testing.assert_allclose(frames[:, -1], SINE, atol=0.02)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("file", ["a.m4a", "a.mp3", "a.opus", "a.mka", "video.mp4"])
def test_files_of_ffmpeg_are_read(file: str, tmp_path: Path) -> None:
    wav, path = tmp_path / "a.wav", tmp_path / file
    soundfile.write(wav, SINE, RATE)
    picture = ["-f", "lavfi", "-i", "color=size=64x64:duration=1"] if "video" in file else []
    command = ["ffmpeg", "-loglevel", "error", *picture, "-i", str(wav), "-shortest", str(path)]
    subprocess.run(command, check=True)
    rate, frames = read(path)
    assert len(frames) / rate == pytest.approx(1.0, abs=0.15)
    assert np.argmax(np.abs(np.fft.rfft(frames[:rate, 0], rate))) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty; choose a file with sound in it"),
        (b"this is a text", "is no sound file that libsndfile or FFmpeg can read"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "is no sound file that libsndfile or FFmpeg can read"),
    ],
)
def test_what_is_no_sound_gets_one_sentence(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AudioFileError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    command = "ffmpeg -loglevel error -f lavfi -i color=size=64x64:duration=1"
    subprocess.run([*command.split(), path], check=True)
    with pytest.raises(AudioFileError, match="has no sound in it"):
        read(path)


def damaged(path: Path) -> Path:
    """A long file with a part of it overwritten."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 20 * RATE)
    if path.suffix == ".m4a":
        encode(path, "aac", noise, RATE)
    else:
        soundfile.write(path, noise, RATE)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = b"\xff" * 200
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("ending", ["flac", "m4a"])
def test_damage_ends_the_blocks_unless_somebody_takes_note_of_it(
    ending: str, tmp_path: Path
) -> None:
    path = damaged(tmp_path / f"a.{ending}")
    with open_sound(path) as sound:
        blocks = sound.blocks
        assert len(next(blocks))
        with pytest.raises(AudioFileError, match="is damaged after"):
            list(blocks)
    faults: list[str] = []
    with open_sound(path, faults=faults) as sound:
        frames = sum(map(len, sound.blocks))
    assert frames > 17 * RATE and len(faults) == 1


def test_what_an_mp3_lacks_is_not_made_up(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    soundfile.write(path, np.concatenate([SINE] * 10), RATE)
    os.truncate(path, path.stat().st_size // 2)
    assert len(read(path)[1]) == pytest.approx(5 * RATE, rel=0.05)


def test_an_mp3_that_does_not_note_its_length_is_read_whole(tmp_path: Path) -> None:
    """libsndfile guesses by the first frames and ends there."""
    path = tmp_path / "a.mp3"
    encode(path, "mp3", np.concatenate([SINE] * 10), RATE, write_xing="0")
    assert len(read(path)[1]) == pytest.approx(10 * RATE, rel=0.02)


@pytest.mark.parametrize("seconds", [0.05, 0.5])
def test_blocks_are_as_long_as_asked_for(seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, SINE, RATE)
    with open_sound(path, seconds) as sound:
        assert sound.seconds == 1.0
        assert len(next(sound.blocks)) == round(seconds * RATE)


def test_sound_may_change_its_kind_on_the_way(tmp_path: Path) -> None:
    """As radio does: first one channel, then two at another rate."""
    first, second, path = tmp_path / "1.ts", tmp_path / "2.ts", tmp_path / "a.ts"
    encode(first, "mp2", SINE, RATE)
    encode(second, "mp2", np.concatenate([SINE, SINE]), 2 * RATE)
    path.write_bytes(first.read_bytes() + second.read_bytes())
    rate, frames = read(path)
    assert rate == RATE and len(frames) == pytest.approx(2 * RATE, rel=0.15)


def test_files_named_like_something_else_are_files(tmp_path: Path) -> None:
    path = tmp_path / "concat:a|b %d.m4a"
    encode(path, "aac", SINE, RATE)
    assert len(read(path)[1])


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match=str(tmp_path)):
        read(tmp_path)


def test_every_odd_file_is_read(shared: Path) -> None:
    for path in sorted((shared / "audio/odd").iterdir()):
        _, frames = read(path)
        assert frames.size, path.name


def test_every_broken_file_is_refused_or_read_in_part(shared: Path) -> None:
    for path in sorted((shared / "audio/broken").iterdir()):
        if path.name in SURVIVES:
            read(path)
        else:
            with pytest.raises(AudioFileError) as caught:
                read(path)
            assert "\n" not in str(caught.value)


def test_a_whole_waveform_stays_within_full_scale(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    soundfile.write(path, np.array([0.5, -3.0, 3.0, np.nan], np.float32), 32000, "FLOAT")
    assert read_waveform(path).tolist() == [0.5, -1.0, 1.0, 0.0]
