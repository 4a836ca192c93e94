"""A file is told by its first bytes, not by its name, and looked at once."""

from pathlib import Path

import pytest

from epanns.audio import containers
from epanns.audio.containers import find_parts
from epanns.audio.parts import FilePart
from tests.support.joined_sounds import encoded, written


def test_what_is_clean_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for content in (
        *(written(1.0, form) for form in ("WAV", "AIFF", "AU", "FLAC", "OGG", "W64", "CAF")),
        encoded(tmp_path / "a.mp3", 1.0, "mp3"),
        encoded(tmp_path / "a.m4a", 1.0, "aac"),
        b"no sound at all",
    ):
        path.write_bytes(content)
        (part,) = find_parts(path)
        assert part.is_whole_file


def test_a_file_is_looked_at_again_once_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(written(1.0, "WAV"))
    looked: list[Path] = []

    def look(path: Path) -> list[FilePart]:
        looked.append(path)
        return []

    monkeypatch.setattr(containers, "FINDERS", (look,))
    containers._find_parts.cache_clear()
    for _ in range(2):
        find_parts(path)
    assert len(looked) == 1
    path.write_bytes(written(2.0, "WAV"))
    find_parts(path)
    assert len(looked) == 2
    containers._find_parts.cache_clear()
