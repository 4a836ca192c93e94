"""The sound of files in blocks, whole or as much of it as can be read."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.read import RecordingReader, blocks, read_waveform
from epanns.audio.selection import ALL, SoundSelection
from epanns.errors import AudioFileError, DiskFailureError
from epanns.storage.file_state import FileState
from tests.support.containers import write_tracks
from tests.support.failing_disk import FailingDisk
from tests.support.mutations import encode

RATE = 22050


def tone(seconds: float, rate: int = RATE) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)


def heard(path: Path, selection: SoundSelection = ALL) -> tuple[np.ndarray, list[str]]:
    """The sound of a file, and what was wrong with it."""
    warnings: list[str] = []
    pieces = list(blocks(path, warnings=warnings, selection=selection))
    assert all(str(path) in sentence and sentence.endswith(".") for sentence in warnings)
    return np.concatenate(pieces), warnings


@pytest.mark.parametrize("rate", [8000, 32000, 44100])
def test_blocks_are_the_waveform(rate: int, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([tone(2.3, rate), 0.5 * tone(2.3, rate)], axis=1), rate, "FLOAT")
    waveform, warnings = heard(path)
    np.testing.assert_array_equal(waveform, read_waveform(path))
    assert waveform.dtype == np.float32 and not warnings


@pytest.mark.parametrize("samples", [1000, 32000, 50001, 10**9])
def test_blocks_have_the_length_asked_for(samples: int, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(3.1), RATE)
    pieces = list(blocks(path, samples))
    assert all(len(piece) == samples for piece in pieces[:-1]) and len(pieces[-1])
    np.testing.assert_array_equal(np.concatenate(pieces), read_waveform(path))


def test_a_block_has_a_sample_at_least(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found 0"):
        next(blocks(tmp_path / "a.wav", 0))


def test_the_length_is_known_before_it_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(2.5), RATE)
    encode(tmp_path / "a.m4a", "aac", tone(2.5), RATE)
    for name, error in (("a.wav", 0.0), ("a.m4a", 0.1)):
        reader = RecordingReader(tmp_path / name)
        assert reader.sample_rate == RATE
        assert reader.share(1.0) == pytest.approx(1 / 2.5, abs=error)


@pytest.mark.parametrize("form", ["wav", "aiff", "au", "w64", "rf64"])
def test_a_file_that_was_cut_off_is_read_in_part_and_says_so(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{form}"
    soundfile.write(path, tone(5.0), RATE, "PCM_16")
    os.truncate(path, path.stat().st_size * 3 // 5)
    waveform, warnings = heard(path)
    assert len(waveform) / 32000 == pytest.approx(3.0, abs=0.02)
    assert warnings == [f"{path} is cut off: 5.0 s of sound are promised, 3.0 s are there."]


@pytest.mark.parametrize(("ending", "codec"), [("mp3", "mp3"), ("mkv", "aac")])
def test_so_is_one_of_ffmpeg(ending: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    encode(path, codec, tone(20.0), RATE)
    assert not heard(path)[1]
    os.truncate(path, path.stat().st_size * 3 // 5)
    waveform, warnings = heard(path)
    assert 5 < len(waveform) / 32000 < 13
    assert len(warnings) == 1 and "is cut off: 20." in warnings[0]


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_so_is_an_ogg_stream(subtype: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    soundfile.write(path, tone(20.0, 24000), 24000, subtype, format="OGG")
    os.truncate(path, path.stat().st_size * 3 // 5)
    waveform, warnings = heard(path)
    assert warnings == [f"{path} is cut off after {len(waveform) / 32000:.1f} s."]


def damage(path: Path, where: float = 0.6, length: int = 200) -> None:
    """Overwrite some of a file."""
    content = bytearray(path.read_bytes())
    place = int(where * len(content))
    content[place : place + length] = b"\xff" * length
    path.write_bytes(content)


def test_damage_costs_a_flac_file_no_more_than_what_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 20 * RATE)
    soundfile.write(path, noise, RATE)
    whole = heard(path)[0]
    damage(path)
    waveform, warnings = heard(path)
    assert len(waveform) == pytest.approx(len(whole), rel=0.02)
    np.testing.assert_array_equal(waveform[: len(whole) // 2], whole[: len(whole) // 2])
    np.testing.assert_allclose(waveform[-RATE:], whole[-RATE:], atol=1e-3)
    assert len(warnings) == 1 and "is damaged after 1" in warnings[0]


@pytest.mark.parametrize("ending", ["ogg", "m4a", "mp3"])
def test_damage_costs_no_more_than_what_is_damaged(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 20 * RATE)
    if ending == "ogg":
        soundfile.write(path, noise, RATE)
    else:
        encode(path, {"m4a": "aac", "mp3": "mp3"}[ending], noise, RATE)
    assert not heard(path)[1]
    damage(path)
    waveform, warnings = heard(path)
    assert 17 < len(waveform) / 32000 < 20.1
    assert len(warnings) == 1 and "is damaged" in warnings[0]


def test_flac_that_was_written_to_a_pipe_is_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(5.0), RATE)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0  # the number of samples in the header: 0, not known
    content[22:26] = bytes(4)
    path.write_bytes(content)
    waveform, warnings = heard(path)
    assert len(waveform) == 5 * 32000 and not warnings


def test_wav_that_was_written_to_a_pipe_is_not_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(1.0), RATE)
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff" * 4
    path.write_bytes(content)
    waveform, warnings = heard(path)
    assert len(waveform) == 32000 and not warnings


def test_a_length_that_cannot_be_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(1.0), RATE)
    content = bytearray(path.read_bytes())
    content[40:44] = (2**31 - 16).to_bytes(4, "little")
    path.write_bytes(content)
    waveform, warnings = heard(path)
    assert len(waveform) == 32000 and "48695.8 s of sound are promised" in warnings[0]


def test_zeros_stand_in_for_what_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    samples = np.array([0.1, np.nan, np.inf, -np.inf, 0.2] * 400)
    soundfile.write(path, samples, 32000, "FLOAT")
    waveform, warnings = heard(path)
    np.testing.assert_array_equal(waveform[:5], np.array([0.1, 0, 0, 0, 0.2], np.float32))
    assert warnings == [f"{path} holds 1,200 samples that are no numbers; zeros stand in for them."]


def test_what_is_far_too_loud_is_clipped_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([3.0, -20000.0] * 400), 32000, "FLOAT")
    waveform, warnings = heard(path)
    assert set(waveform) == {1.0, -1.0}
    assert warnings == [f"{path} reaches 2e+04 times full scale; what lies beyond it was clipped."]


def test_decoders_may_exceed_full_scale_a_little(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(400, 1.2), 32000, "FLOAT")
    assert not heard(path)[1]


@pytest.mark.parametrize("rate", [1, 50, 100])
def test_a_rate_too_low_for_sound_is_refused(rate: int, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(0.1), rate)
    with pytest.raises(AudioFileError, match=f"sample rate of {rate} Hz"):
        heard(path)


def test_no_header_makes_blocks_that_memory_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(1.0), 2**30)
    assert len(heard(path)[0]) == 1


@pytest.mark.parametrize("content", [None, b"", b"no sound at all\n" * 9])
def test_what_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AudioFileError, match=str(path)):
        heard(path)


def test_a_file_without_samples_holds_no_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), RATE)
    with pytest.raises(AudioFileError, match="holds no sound"):
        heard(tmp_path / "a.wav")


def test_a_reader_says_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(2.5), RATE)
    reader = RecordingReader(path)
    seconds, shares = [], []
    for _ in reader:
        seconds.append(reader.seconds)
        shares.append(reader.share(reader.seconds))
    assert seconds == [1.0, 2.0, 2.5] and shares == [0.4, 0.8, 1.0]
    assert reader.samples == 80000 and reader.warnings == ()


def test_a_reader_has_the_warnings_once_all_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(5.0), RATE, "PCM_16")
    os.truncate(path, path.stat().st_size * 3 // 5)
    reader = RecordingReader(path)
    assert len(list(reader)) == 3 and reader.seconds == pytest.approx(3.0, abs=0.001)
    assert len(reader.warnings) == 1 and "is cut off" in reader.warnings[0]


def test_channels_that_cancel_are_heard_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, np.stack([tone(2.3), -tone(2.3)], axis=1), RATE)
    soundfile.write(tmp_path / "left.flac", tone(2.3), RATE)
    waveform, (warning,) = heard(path)
    np.testing.assert_allclose(waveform, read_waveform(tmp_path / "left.flac"), atol=1e-6)
    assert "for 2.3 s the mean of its 2 channels" in warning and "(channel 1)" in warning
    assert not heard(path, SoundSelection(channel="mean"))[0].any()
    np.testing.assert_allclose(heard(path, SoundSelection(channel=2))[0], -waveform, atol=1e-6)


def test_channels_that_cancel_in_a_joined_file_are_heard(tmp_path: Path) -> None:
    """The second part has other channels than the first."""
    parts = []
    for name, channels in (("a.flac", [tone(1)]), ("b.flac", [tone(2), -tone(2), 0 * tone(2)])):
        soundfile.write(tmp_path / name, np.stack(channels, axis=1), RATE)
        parts.append((tmp_path / name).read_bytes())
    (tmp_path / "c.flac").write_bytes(b"".join(parts))
    waveform, _ = heard(tmp_path / "c.flac")
    assert np.sqrt(np.mean(waveform[-32000:] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_a_channel_that_is_not_there_is_no_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1), RATE)
    with pytest.raises(AudioFileError, match="has 1 channel, so there is no channel 2"):
        heard(tmp_path / "a.wav", SoundSelection(channel=2))


def test_a_damaged_file_is_read_as_one_waveform_only_where_its_warnings_are_wanted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(3), RATE)
    path.write_bytes(path.read_bytes()[:-RATE])
    warnings: list[str] = []
    assert len(read_waveform(path, warnings)) == 32000 * 2.5
    assert "is cut off" in warnings[0]


def state_of(path: Path) -> tuple[FileState | None, tuple[str, ...]]:
    """What a reader says of a file once it has read it."""
    reader = RecordingReader(path)
    for _ in reader:
        pass
    return reader.state, reader.warnings


def test_what_is_read_whole_has_a_state_whatever_else_is_odd_about_it(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(2.5), RATE)
    soundfile.write(tmp_path / "loud.wav", 6 * tone(2.5), RATE, "FLOAT")
    (tmp_path / "longer.wav").write_bytes(
        (tmp_path / "a.wav").read_bytes() + bytes(range(250)) * 90
    )
    write_tracks(tmp_path / "two.mkv", [[(0.0, tone(2.0, 16000))]] * 2)
    for name, warning in (
        ("a.wav", ""), ("loud.wav", "reaches 3 times"), ("longer.wav", "has a wrong header"),
        ("two.mkv", "has 2 audio tracks"),
    ):  # fmt: skip
        state, warnings = state_of(tmp_path / name)
        assert state == FileState.of(tmp_path / name) and state is not None
        assert warning in " ".join(warnings) and bool(warning) == bool(warnings)


@pytest.mark.parametrize("form", ["wav", "flac", "mp3", "ogg", "aiff", "au", "w64", "caf"])
def test_what_is_read_in_part_has_none(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{form}"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 20 * RATE), RATE)
    assert state_of(path) == (FileState.of(path), ())
    os.truncate(path, path.stat().st_size * 2 // 3)
    state, warnings = state_of(path)
    assert state is None and "cut off" in warnings[0]


def test_a_file_that_grows_while_it_is_read_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(5.0), RATE)
    reader = RecordingReader(path)
    read = iter(reader)
    next(read)
    with path.open("ab") as file:
        file.write(bytes(RATE))
    for _ in read:
        pass
    assert reader.state is None
    assert reader.warnings[-1].startswith(
        f"{path} was written to while it was read; what was there"
    )


@pytest.mark.parametrize("form", ["wav", "flac", "mp3", "ogg", "aiff", "caf", "m4a"])
def test_a_failing_disk_is_called_so_wherever_it_fails(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.{form}"
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * RATE)
    encode(path, "aac", noise, RATE) if form == "m4a" else soundfile.write(path, noise, RATE)
    size = path.stat().st_size
    os.truncate(path, size * 2 // 3)  # what a decoder says of it then is not true
    for good in (0, size // 2):
        with monkeypatch.context() as patch:
            FailingDisk(patch, path, good)
            with pytest.raises(DiskFailureError) as caught:
                list(RecordingReader(path))
        assert str(caught.value) == (
            f"{path} cannot be read: Input/output error: the disk or the share that it is on fails."
        )


def test_where_libsndfile_meets_a_failing_disk_no_damage_is_spoken_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(5.0), RATE)

    def fail(*_: object, **__: object) -> None:
        raise soundfile.LibsndfileError(2)  # SF_ERR_SYSTEM

    monkeypatch.setattr(soundfile.SoundFile, "read", fail)
    with pytest.raises(DiskFailureError, match="Input/output error: the disk or the share"):
        list(RecordingReader(path))


def test_what_a_decoder_takes_for_the_end_of_a_file_is_the_disk_if_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(5.0), RATE)
    os.truncate(path, path.stat().st_size // 2)
    read = iter(RecordingReader(path))
    next(read)
    FailingDisk(monkeypatch, path)
    with pytest.raises(DiskFailureError):
        list(read)
