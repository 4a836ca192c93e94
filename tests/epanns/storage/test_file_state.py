"""A result holds for as long as its file is as it was read."""

import os
from pathlib import Path

from epanns.storage.file_state import FileState, is_outdated


def test_a_file_is_as_it_was_until_its_size_or_its_time_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"1234")
    read = FileState.of(path)
    assert read is not None and read.bytes == 4
    assert not is_outdated(path, read)
    os.utime(path, ns=(0, read.modified_ns + 1))
    assert is_outdated(path, read)
    os.utime(path, ns=(0, read.modified_ns))
    assert not is_outdated(path, read)
    path.write_bytes(b"12345")
    os.utime(path, ns=(0, read.modified_ns))
    assert is_outdated(path, read)


def test_what_was_not_read_whole_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    assert is_outdated(path, None)


def test_what_cannot_be_seen_now_keeps_its_result(tmp_path: Path) -> None:
    for gone in (tmp_path / "a.wav", tmp_path / ("a" * 300), Path("nul\0.wav")):
        assert FileState.of(gone) is None
        assert not is_outdated(gone, FileState(4, 5)) and not is_outdated(gone, None)
