"""The content of a file is found and cut out without reading all of it."""

from pathlib import Path

import pytest

from epanns.audio.file_bytes import PIECE, opened


@pytest.mark.parametrize("place", [0, 5, PIECE - 2, PIECE - 1, PIECE, 3 * PIECE - 4])
def test_bytes_are_found_wherever_they_stand(place: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    content = bytearray(3 * PIECE)
    content[place : place + 4] = b"fLaC"
    path.write_bytes(content)
    with opened(path) as whole:
        assert len(whole) == 3 * PIECE and whole.find(b"fLaC") == place
        assert whole.find(b"fLaC", place + 1) == -1 and whole.find(b"none") == -1
        assert whole[place : place + 4] == b"fLaC" and whole[3 * PIECE : 4 * PIECE] == b""
