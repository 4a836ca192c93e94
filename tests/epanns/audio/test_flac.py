"""FLAC is read to the end of its frames, whatever STREAMINFO states, and so is what follows."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.decode import open_sound
from epanns.audio.flac import SYNC, find_parts
from epanns.errors import AudioFileError
from tests.support.joined_sounds import RATE, noisy_tone, read, written

LENGTH = (1 << 36) - 1


def stating(content: bytes, samples: int) -> bytes:
    """A FLAC file whose STREAMINFO states another length; 0 for an unknown one."""
    packed = int.from_bytes(content[18:26], "big")
    return content[:18] + (packed & ~LENGTH | samples).to_bytes(8, "big") + content[26:]


@pytest.mark.parametrize("samples", [1, RATE, 2 * RATE + 4096, 6 * RATE, 1 << 35, LENGTH])
def test_a_wrong_length_is_one_plain_remark(samples: int, tmp_path: Path) -> None:
    seconds, (warning,) = read(tmp_path / "a.flac", stating(written(3.0, "FLAC"), samples))
    assert seconds == 3.0
    assert warning == (
        f"F has a wrong header: it states {samples / RATE:.1f} s of sound; 3.0 s are there and were"
        " read."
    )


@pytest.mark.parametrize("samples", [0, 3 * RATE])
def test_a_length_that_is_right_or_not_known_is_no_remark(samples: int, tmp_path: Path) -> None:
    assert read(tmp_path / "a.flac", stating(written(3.0, "FLAC"), samples)) == (3.0, [])


@pytest.mark.parametrize(
    "lengths", [(3.0, 2.0), (3.0, 3.0), (1.0, 5.0), (0.05, 0.05), (1.0, 1.0, 1.0, 2.0)]
)
def test_joined_files_are_read_one_after_the_other(
    lengths: tuple[float, ...], tmp_path: Path
) -> None:
    content = b"".join(written(seconds, "FLAC") for seconds in lengths)
    seconds, warnings = read(tmp_path / "a.flac", content)
    assert seconds == pytest.approx(sum(lengths), abs=0.001) and not warnings


def test_joined_files_may_differ_and_be_wrong(tmp_path: Path) -> None:
    whole = written(3.0, "FLAC")
    other = written(2.0, "FLAC", "PCM_24", 44100, 2)
    seconds, warnings = read(tmp_path / "a.flac", whole + other)
    assert seconds == pytest.approx(5.0, abs=0.002) and not warnings
    assert read(tmp_path / "b.flac", whole + stating(whole, 0)) == (6.0, [])
    assert read(tmp_path / "c.flac", stating(whole, 0) + whole) == (6.0, [])
    seconds, (warning,) = read(tmp_path / "d.flac", whole + stating(whole, 5 * RATE))
    assert seconds == 6.0 and "it states 5.0 s of sound; 3.0 s are there" in warning


@pytest.mark.parametrize(("first", "second"), [(0.0, 0.5), (0.5, 0.0)])
def test_joined_files_of_one_length_are_told_apart(
    first: float, second: float, tmp_path: Path
) -> None:
    """One of them is silent, so that it is a small part of the file."""
    path = tmp_path / "a.flac"
    content = b""
    for level in (first, second):
        soundfile.write(path, level * noisy_tone(3.0), RATE)
        content += path.read_bytes()
    assert read(path, content) == (6.0, [])


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_a_file_that_is_cut_off_says_so_and_is_refused_where_damage_is(
    share: float, tmp_path: Path
) -> None:
    path, content = tmp_path / "a.flac", written(5.0, "FLAC")
    seconds, (warning,) = read(path, content[: int(share * len(content))])
    assert seconds == pytest.approx(5.0 * share, abs=0.4)
    assert warning == f"F is cut off: 5.0 s of sound are promised, {seconds:.1f} s are there."
    with open_sound(path) as sound, pytest.raises(AudioFileError, match="is cut off"):
        list(sound.blocks)


def test_what_is_lost_by_damage_is_told(tmp_path: Path) -> None:
    content = written(5.0, "FLAC")
    seconds, (warning,) = read(tmp_path / "a.flac", content[:-100])
    assert f"; {5.0 - seconds:.1f} s of it cannot be read" in warning


ID3 = b"ID3\x03\0\0\0\0\x0f\x76" + bytes(15 * 128 + 0x76)


@pytest.mark.parametrize(
    ("before", "after"),
    [(ID3, b""), (b"", b"TAG" + b"x" * 125), (b"", bytes(5000)), (ID3, b"TAG" + b"x" * 125)],
)
def test_tags_and_padding_are_no_sound(before: bytes, after: bytes, tmp_path: Path) -> None:
    assert read(tmp_path / "a.flac", before + written(3.0, "FLAC") + after) == (3.0, [])


@pytest.mark.parametrize("frame", [0, 1, 5])
def test_what_only_looks_like_a_frame_is_none(frame: int, tmp_path: Path) -> None:
    content = written(5.0, "FLAC")
    starts = [match.start() for match in SYNC.finditer(content) if content[match.start() + 4] < 8]
    start = next(at for at in starts if content[at + 4] == frame)
    rest = b"x" * 9 + content[start : start + 16]
    assert read(tmp_path / "a.flac", content + rest) == (5.0, [])


def test_a_clean_file_is_left_to_libsndfile_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    for frames in (noisy_tone(0.01), noisy_tone(3.0), np.zeros(RATE)):
        soundfile.write(path, frames, RATE)
        (part,) = find_parts(path)
        assert part.is_whole_file


def test_what_is_no_flac_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for content in (b"fLaC", b"fLaC" + bytes(60), b"no sound", written(0.1, "WAV")):
        path.write_bytes(content)
        assert find_parts(path) == []
