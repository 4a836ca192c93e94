"""All streams of an Ogg file are read, and what is missing in them is told by its pages."""

from pathlib import Path

import numpy as np
import pytest

from epanns.audio.file_bytes import opened
from epanns.audio.ogg import HEADER, LAST, checksum, find_links
from epanns.audio.read import blocks
from tests.support.containers import beep, onsets, write_tracks
from tests.support.joined_sounds import encoded, pages, read, written

KINDS = ["VORBIS", "OPUS"]


def changed(page: bytes, flags: int) -> bytes:
    """A page with other flags."""
    page = page[:5] + bytes([flags]) + page[6:]
    return page[:22] + checksum(page) + page[26:]


def ended_by_an_empty_page(content: bytes) -> bytes:
    """A file whose last page is empty and has no position, as some phones write it."""
    *others, last = pages(content)
    empty = bytearray(last[: HEADER.size])
    empty[6:14] = b"\xff" * 8
    empty[18:22] = (int.from_bytes(last[18:22], "little") + 1).to_bytes(4, "little")
    empty[26] = 0
    return b"".join(others) + changed(last, 0) + changed(bytes(empty), LAST)


@pytest.mark.parametrize("kind", KINDS)
def test_joined_files_are_read_one_after_the_other(kind: str, tmp_path: Path) -> None:
    one, two = written(3.0, "OGG", kind), written(2.0, "OGG", kind)
    assert read(tmp_path / "a.ogg", one + two) == (5.0, [])
    assert read(tmp_path / "a.ogg", one + one + two) == (8.0, [])
    stereo = written(1.0, "OGG", kind, 24000, 2)
    seconds, warnings = read(tmp_path / "a.ogg", one + stereo)
    assert seconds == pytest.approx(4.0, abs=0.002) and not warnings


def test_joined_files_of_different_kinds_and_of_flac(tmp_path: Path) -> None:
    flac = encoded(tmp_path / "a.oga", 3.0, "flac")
    assert read(tmp_path / "a.oga", flac) == (3.0, [])
    assert read(tmp_path / "a.oga", flac + flac) == (6.0, [])
    seconds, warnings = read(tmp_path / "a.oga", flac + written(2.0, "OGG", "VORBIS"))
    assert seconds == 5.0 and not warnings


@pytest.mark.parametrize("kind", KINDS)
def test_a_last_page_without_position_is_no_damage(kind: str, tmp_path: Path) -> None:
    content = ended_by_an_empty_page(written(3.0, "OGG", kind))
    assert read(tmp_path / "a.ogg", content) == (3.0, [])
    assert read(tmp_path / "a.ogg", content + content) == (6.0, [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_within_a_page_says_so(kind: str, tmp_path: Path) -> None:
    content = written(20.0, "OGG", kind)
    seconds, warnings = read(tmp_path / "a.ogg", content[: len(content) // 2])
    assert 8 < seconds < 11
    assert warnings == [f"F is cut off after {seconds:.1f} s."]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_a_mark_of_its_end_may_be_cut_off(kind: str, tmp_path: Path) -> None:
    content = b"".join(pages(written(20.0, "OGG", kind))[:-3])
    seconds, warnings = read(tmp_path / "a.ogg", content)
    assert 10 < seconds < 20
    assert warnings == [f"F has no mark of its end after {seconds:.1f} s; it may be cut off."]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_sound_after_a_hole_keeps_its_time(how: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    content = written(20.0, "OGG", kind)
    path.write_bytes(content)
    clean = np.concatenate(list(blocks(path)))
    hole = pages(content)
    hole[10] = b"" if how == "missing" else hole[10][:-9] + b"\xff" * 9
    seconds, (warning,) = read(path, b"".join(hole))
    assert seconds == pytest.approx(20.0, abs=0.05)
    assert "F is damaged: " in warning and "s of it cannot be read; silence stands in" in warning
    found = np.concatenate(list(blocks(path)))
    ends = clean[-32000:-1000], found[len(found) - len(clean) :][-32000:-1000]
    assert np.corrcoef(*ends)[0, 1] > 0.8


def test_a_hole_in_the_clock_alone_is_silence(tmp_path: Path) -> None:
    """All pages are there; packets were dropped before they were written."""
    path = tmp_path / "a.ogg"
    write_tracks(path, [[(0.0, beep(4.0, 1.0)), (7.0, beep(3.0, 1.0))]], "libopus")
    warnings: list[str] = []
    sound = np.concatenate(list(blocks(path, warnings=warnings)))
    assert onsets(sound) == pytest.approx([1.0, 8.0], abs=0.02)
    (warning,) = warnings
    assert "lacks 3.0 s of sound, the first of it at 4.0 s; silence stands in" in warning


@pytest.mark.parametrize("rest", [b"TAG" + b"x" * 125, bytes(3000), b"OggS and no page"])
def test_what_stands_after_the_last_page_is_no_damage(rest: bytes, tmp_path: Path) -> None:
    seconds, warnings = read(tmp_path / "a.ogg", written(3.0, "OGG", "VORBIS") + rest)
    assert seconds == 3.0
    assert not [warning for warning in warnings if "damaged" in warning]


def test_the_checksum_is_that_of_the_pages(tmp_path: Path) -> None:
    content = written(3.0, "OGG", "VORBIS")
    for page in pages(content):
        assert page[22:26] == checksum(page)
    path = tmp_path / "a.ogg"
    path.write_bytes(content)
    (link,) = find_links(path)
    assert not link.damaged and not link.cut and link.ended == set(link.numbers)
    with opened(path) as whole:
        assert link.last is not None and link.last.end == len(whole)
