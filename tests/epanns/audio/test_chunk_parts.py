"""WAV, AIFF and their like are read to their true end, and what is wrong with them is told."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns.audio.decode import open_sound
from epanns.audio.sound_chunks import find_sound
from tests.support.joined_sounds import RATE, read, written

FORMS = [
    ("WAV", "PCM_16"),
    ("WAV", "FLOAT"),
    ("WAV", "IMA_ADPCM"),
    ("WAV", "GSM610"),
    ("WAVEX", "PCM_24"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_24"),
    ("AIFF", "PCM_16"),
    ("AIFF", "FLOAT"),
    ("AIFF", "ULAW"),
    ("AU", "PCM_16"),
    ("AU", "ALAW"),
    ("CAF", "PCM_16"),
    ("SVX", "PCM_16"),
]
SECONDS = 4.0


def stating(path: Path, content: bytes, length: int) -> bytes:
    """A file whose every field for a length states another one, in bytes."""
    path.write_bytes(content)
    extent = find_sound(path)
    assert extent is not None
    changed = bytearray(content)
    order = "little" if extent.little else "big"
    for place, field in extent.mended.items():
        size = min(len(field), 8)
        stated = (length % (1 << 8 * size)).to_bytes(size, order)  # type: ignore[arg-type]
        changed[place : place + len(field)] = stated * (len(field) // size)
    return bytes(changed)


@pytest.mark.parametrize(("form", "subtype"), FORMS)
def test_a_right_header_is_believed(form: str, subtype: str, tmp_path: Path) -> None:
    content = written(SECONDS, form, subtype)
    path = tmp_path / "a"
    seconds, warnings = read(path, content)
    extent = find_sound(path)
    assert seconds == pytest.approx(SECONDS, abs=0.08) and not warnings
    assert extent is not None and extent.stated == extent.there and extent.following is None


@pytest.mark.parametrize(("form", "subtype"), FORMS)
@pytest.mark.parametrize("mark", [0, -1, 0xFFFFFFFF, 0x7FFFF000, 0x80000000])
def test_a_length_that_was_not_known_is_no_damage(
    mark: int, form: str, subtype: str, tmp_path: Path
) -> None:
    content = written(SECONDS, form, subtype)
    right, _ = read(tmp_path / "right", content)
    seconds, warnings = read(tmp_path / "a", stating(tmp_path / "b", content, mark))
    assert seconds == pytest.approx(right, abs=0.001) and not warnings


@pytest.mark.parametrize(("form", "subtype"), FORMS)
def test_a_length_that_is_too_small_is_not_believed(
    form: str, subtype: str, tmp_path: Path
) -> None:
    content = written(SECONDS, form, subtype)
    right, _ = read(tmp_path / "right", content)
    seconds, warnings = read(tmp_path / "a", stating(tmp_path / "b", content, len(content) // 4))
    assert seconds == pytest.approx(right, abs=0.02)
    (warning,) = warnings
    assert warning.startswith("F has a wrong header: it states 1.0 s of sound; 4.")


@pytest.mark.parametrize(("form", "subtype"), FORMS)
def test_sound_that_is_promised_and_not_there_is_told(
    form: str, subtype: str, tmp_path: Path
) -> None:
    content = written(SECONDS, form, subtype)
    seconds, (warning,) = read(tmp_path / "a", content[: len(content) // 2])
    assert seconds == pytest.approx(2.0, abs=0.1)
    assert warning.startswith("F is cut off: 4.")
    assert warning.endswith(f"{seconds:.1f} s are there.")


def test_a_mended_file_has_the_samples_of_a_clean_one(tmp_path: Path) -> None:
    for form, subtype in FORMS:
        clean, wrong = tmp_path / f"{form} {subtype}", tmp_path / f"{form} {subtype} wrong"
        content = written(1.0, form, subtype)
        clean.write_bytes(content)
        wrong.write_bytes(stating(wrong, content, 0))
        with open_sound(clean) as expected, open_sound(wrong) as found:
            np.testing.assert_array_equal(
                np.concatenate(list(expected.blocks)), np.concatenate(list(found.blocks))
            )


NOTE = b"data : 8 (should be 4) hole Skipped lacks an end-of-stream bit Bit Width : 13\n"


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("name", [b"LIST", b"bext", b"odd!"])
def test_what_a_tag_says_is_no_log(name: bytes, place: str, tmp_path: Path) -> None:
    note = b"INFOICMT" + struct.pack("<I", len(NOTE)) + NOTE if name == b"LIST" else NOTE
    note += b"\0" * (len(note) % 2)
    chunk = name + struct.pack("<I", len(note)) + note
    content = written(3.0, "WAV")
    at = {"before": 36, "after": len(content)}[place]
    seconds, warnings = read(tmp_path / "a.wav", content[:at] + chunk + content[at:])
    assert seconds == 3.0 and not warnings


@pytest.mark.parametrize(
    "rest", [b"TAG" + b"x" * 2000, b"APETAGEX" + b"x" * 2000, bytes(5000), b"odd bytes" * 9]
)
def test_what_stands_after_the_sound_and_is_none_is_left_out(rest: bytes, tmp_path: Path) -> None:
    seconds, warnings = read(tmp_path / "a.wav", written(3.0, "WAV") + rest)
    assert seconds == 3.0 and not warnings


@pytest.mark.parametrize("form", ["WAV", "RF64", "W64", "AIFF", "AU", "CAF"])
def test_joined_files_are_read_one_after_the_other(form: str, tmp_path: Path) -> None:
    both = written(3.0, form) + written(2.0, form)
    assert read(tmp_path / "same", both) == (5.0, [])
    seconds, warnings = read(tmp_path / "other", both + written(1.0, form, "PCM_24", 44100, 2))
    assert seconds == pytest.approx(6.0, abs=0.002) and not warnings


@pytest.mark.parametrize(("form", "order"), [("WAV", "<"), ("AIFF", ">")])
def test_a_length_that_wrapped_at_4_gb_is_found(form: str, order: str, tmp_path: Path) -> None:
    """The file is sparse; only its last second is read here."""
    path = tmp_path / "long"
    size = (1 << 32) + 4 * RATE
    content = bytearray(written(0.1, form))
    path.write_bytes(content)
    extent = find_sound(path)
    assert extent is not None
    wrapped = size % (1 << 32) + (8 if form == "AIFF" else 0)
    place = max(place for place in extent.mended if place < extent.start)
    content[place : place + 4] = struct.pack(f"{order}I", wrapped)
    with path.open("wb") as file:
        file.write(content[: extent.start])
        file.truncate(extent.start + size)
    found = find_sound(path)
    assert found is not None and found.there == size and not found.fits
    with open_sound(path) as sound:
        assert sound.seconds == size / 2 / RATE
        assert len(next(sound.blocks))


def test_samples_of_an_odd_width_are_told(tmp_path: Path) -> None:
    content = bytearray(written(3.0, "WAV"))
    content[34] = 13
    _, (warning,) = read(tmp_path / "a.wav", bytes(content))
    assert "has a damaged header (13 bits a sample)" in warning


def test_sound_of_a_header_alone_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(0), RATE)
    extent = find_sound(path)
    assert extent is not None and extent.there == extent.stated == 0
