"""A file for libraries that do not survive an error of the disk."""

from pathlib import Path

import pytest

from epanns.storage.delayed import DelayedErrorFile
from tests.support.full_disk import file_limit


def test_what_is_written_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with DelayedErrorFile(path) as file:
        assert file.write(b"one") == 3
        assert file.write(memoryview(b"two")) == 3
        file.seek(0)
        file.write(b"O")
    assert path.read_bytes() == b"Onetwo"


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        DelayedErrorFile(tmp_path / "file")


def test_an_error_of_the_disk_is_raised_at_the_end_and_only_there(tmp_path: Path) -> None:
    file = DelayedErrorFile(tmp_path / "file")
    with file_limit(1000):
        for _ in range(3):
            assert file.write(bytes(700)) == 700
    with pytest.raises(OSError, match="File too large"):
        file.close()
    file.close()  # once is enough
