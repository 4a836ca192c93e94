"""A part of a file is read and searched as a file of its own, with some bytes replaced."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epanns.audio.file_window import FileWindow

CONTENT = bytes(range(256))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.integers(0, 300),
    end=st.one_of(st.none(), st.integers(0, 400)),
    replaced=st.dictionaries(st.integers(0, 300), st.binary(max_size=9), max_size=3),
    reads=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=6),
)
def test_it_holds_what_a_copy_would(
    start: int,
    end: int | None,
    replaced: dict[int, bytes],
    reads: list[tuple[int, int]],
    tmp_path: Path,
) -> None:
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    copy = bytearray(CONTENT[start:end])
    for place, content in replaced.items():
        fitting = content[: max(len(copy) - place, 0)]
        copy[place : place + len(fitting)] = fitting
    expected = io.BytesIO(bytes(copy))
    with FileWindow(path, start, end, replaced) as window:
        assert len(window) == len(copy) and window.read() == bytes(copy)
        for place, count in reads:
            assert window.seek(place) == expected.seek(place)
            assert window.read(count) == expected.read(count)
            assert window.tell() == expected.tell()
        assert window.seek(0, io.SEEK_END) == len(copy)


def test_why_it_could_not_be_read_is_kept(tmp_path: Path) -> None:
    """Decoders do not pass an exception on."""
    path = tmp_path / "a"
    path.write_bytes(CONTENT)

    class Disk(io.BytesIO):
        def readinto(self, buffer: object) -> int:
            raise OSError(5, "Input/output error")

    window = FileWindow(path)
    window._file.close()
    window._file = Disk()  # type: ignore[assignment]
    assert window.read(9) == b"" and window.error is not None and window.error.errno == 5


def test_a_file_that_is_missing_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileWindow(tmp_path / "none")
