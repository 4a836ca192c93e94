"""MP3 is read to its end, joined or not, and what is missing is told whatever stands around it."""

from pathlib import Path

import numpy as np
import pytest

from epanns.audio.file_bytes import opened
from epanns.audio.mp3 import find_parts, find_streams
from tests.support.containers import beep, write_tracks
from tests.support.joined_sounds import encoded, read, written

NOISE = np.random.default_rng(0).bytes(1 << 17)
PICTURE = b"ID3\x03\0\0" + bytes([0, 5, 0, 0]) + NOISE[: 5 << 14]  # a tag of 80 kB
ID3V1 = b"TAG" + b"the whole album, Skipped".ljust(125, b"\0")
APE = b"APETAGEX" + b"".join(
    number.to_bytes(4, "little") for number in (2000, 3032, 1, 0x80000000, 0, 0)
)
APE = APE[:20] + (0xA0000000).to_bytes(4, "little") + bytes(8) + NOISE[:3000] + APE


def mp3(tmp_path: Path, seconds: float, rate: int = 16000, **options: str) -> bytes:
    """An MP3 with LAME's figures in its first frame, unless options say otherwise."""
    return encoded(tmp_path / "encoded.mp3", seconds, "mp3", rate, **options)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("tags", ["0", "3"])
def test_joined_files_have_the_length_of_their_sound(tags: str, rate: int, tmp_path: Path) -> None:
    one = mp3(tmp_path, 3.0, rate, id3v2_version=tags)
    two = mp3(tmp_path, 2.0, rate, id3v2_version=tags)
    for content, seconds in ((one, 3.0), (one + two, 5.0), (one + one, 6.0), (two * 4, 8.0)):
        found, warnings = read(tmp_path / "a.mp3", content)
        assert found == pytest.approx(seconds, abs=0.001) and not warnings


def test_joined_files_may_differ_in_rate(tmp_path: Path) -> None:
    one, two = mp3(tmp_path, 3.0, 16000), mp3(tmp_path, 2.0, 44100)
    for content in (one + two, two + one):
        seconds, warnings = read(tmp_path / "a.mp3", content)
        assert seconds == pytest.approx(5.0, abs=0.005) and not warnings


def test_joined_files_need_not_state_their_length(tmp_path: Path) -> None:
    stated, untold = mp3(tmp_path, 3.0, 44100), mp3(tmp_path, 3.0, 44100, write_xing="0")
    for content in (untold, untold + untold, untold + stated, stated + untold):
        seconds, warnings = read(tmp_path / "a.mp3", content)
        assert seconds == pytest.approx(3.0 * round(seconds / 3), abs=0.07) and not warnings
    assert seconds > 5.9


def test_a_stream_without_any_mark_follows_where_the_first_one_ends(tmp_path: Path) -> None:
    first = mp3(tmp_path, 3.0, id3v2_version="0")
    second = mp3(tmp_path, 3.0, id3v2_version="0", write_xing="0")
    seconds, warnings = read(tmp_path / "a.mp3", first + second)
    alone, _ = read(tmp_path / "a.mp3", second)
    assert seconds == pytest.approx(3.0 + alone, abs=0.001) and not warnings


@pytest.mark.parametrize("before", [b"", PICTURE, APE, PICTURE + PICTURE, NOISE[:3000], bytes(999)])
@pytest.mark.parametrize("after", [b"", ID3V1, APE, APE + ID3V1])
def test_what_stands_around_the_sound_is_no_damage(
    before: bytes, after: bytes, tmp_path: Path
) -> None:
    seconds, warnings = read(tmp_path / "a.mp3", before + mp3(tmp_path, 3.0) + after)
    assert seconds == pytest.approx(3.0, abs=0.001) and not warnings


def test_tags_may_stand_between_joined_files(tmp_path: Path) -> None:
    one, two = mp3(tmp_path, 3.0), mp3(tmp_path, 2.0)
    for content in (one + ID3V1 + two + ID3V1, PICTURE + one + PICTURE + two, one + APE + two):
        seconds, warnings = read(tmp_path / "a.mp3", content)
        assert seconds == pytest.approx(5.0, abs=0.001) and not warnings


@pytest.mark.parametrize("name", ["a.mp3", "a.dat", "a", "A.MPGA", "a.wav"])
@pytest.mark.parametrize("before", [b"", PICTURE, APE, NOISE[:3000]])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_cut_file_is_told_whatever_stands_before_it(
    share: float, before: bytes, name: str, tmp_path: Path
) -> None:
    content = mp3(tmp_path, 12.0)
    seconds, (warning,) = read(tmp_path / name, before + content[: int(share * len(content))])
    assert seconds == pytest.approx(12 * share, abs=0.3)
    assert warning == f"F is cut off: 12.0 s of sound are promised, {seconds:.1f} s are there."


def test_a_cut_file_may_be_followed_by_another(tmp_path: Path) -> None:
    content = mp3(tmp_path, 12.0)
    seconds, (warning,) = read(tmp_path / "a.mp3", content[: len(content) // 2] + content)
    assert seconds == pytest.approx(18.0, abs=0.3)
    assert warning.startswith("F is cut off: 12.0 s of sound are promised, ")


def test_damage_is_told_with_what_is_lost(tmp_path: Path) -> None:
    content = bytearray(mp3(tmp_path, 6.0))
    content[len(content) // 2 : len(content) // 2 + 400] = b"\xff" * 400
    seconds, (warning,) = read(tmp_path / "a.mp3", bytes(content))
    assert warning == f"F is damaged: {6.0 - seconds:.1f} s of it cannot be read."


def test_vbri_states_a_length_too(tmp_path: Path) -> None:
    """It stands at a fixed place of a frame; the rest of this one is silence."""
    content = mp3(tmp_path, 3.0, 44100, write_xing="0", id3v2_version="0")
    frames = 3 * 44100 // 1152 + 3
    header = bytearray(417)
    header[:4] = b"\xff\xfb\x90\xc0"
    header[36:54] = b"VBRI" + bytes(6) + len(content).to_bytes(4, "big") + frames.to_bytes(4, "big")
    path = tmp_path / "a.mp3"
    path.write_bytes(bytes(header) + content)
    with opened(path) as whole:
        (stream,) = find_streams(whole)
    assert stream.seconds == pytest.approx(frames * 1152 / 44100)
    _, (warning,) = read(path, (bytes(header) + content)[: len(content) // 2])
    assert warning.startswith("F is cut off: 3.1 s of sound are promised")


def test_other_files_with_such_frames_are_not_taken_for_mp3(tmp_path: Path) -> None:
    for ending in ("mp4", "avi", "mka", "ts"):
        path = tmp_path / f"a.{ending}"
        write_tracks(path, [[(0.0, beep(3.0, 1.0))]], "mp3")
        assert find_parts(path) == [], ending
    path.write_bytes(written(3.0, "WAV"))
    assert find_parts(path) == []
    path.write_bytes(NOISE)
    assert find_parts(path) == []
