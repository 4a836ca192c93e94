"""HDF5 files that grow: how they come to be."""

import errno
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from epanns.storage.journal import journal_of
from epanns.storage.tables import created
from tests.support.programs import ROOT


def test_a_new_file_is_not_spoilt_by_what_one_of_its_name_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    journal_of(path).write_bytes(b"of a file that somebody removed")
    with created(path) as file:
        file["numbers"] = [1, 2, 3]
    with h5py.File(path) as file:
        assert list(file["numbers"]) == [1, 2, 3]
    assert not journal_of(path).exists()


def test_a_file_that_could_not_be_made_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), created(tmp_path / "file") as file:
        file["numbers"] = [1, 2, 3]
        raise OSError("full")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="limits are for POSIX systems")
@pytest.mark.parametrize("room", [0, 100, 1000, 2100, 4096, 10_000])
def test_a_disk_with_little_room_is_an_error_and_no_crash(tmp_path: Path, room: int) -> None:
    """HDF5 that has failed to write crashes when the program ends, so it must not be what writes.

    The limit on the size of files stands in for the disk.
    """
    program = (
        "import errno, resource, sys, numpy\n"
        "from pathlib import Path\n"
        "from epanns.storage.tables import created\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    with created(Path(sys.argv[1])) as file:\n"
        "        file['numbers'] = numpy.arange(5000)\n"
        "except OSError as error:\n"
        "    print(errno.errorcode[error.errno])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "file")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (0, "EFBIG\n", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_file_is_never_there_by_half_nor_in_the_place_of_another(
    has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    path, journal = tmp_path / "a.h5", tmp_path / "a.h5.journal"
    journal.write_bytes(b"of an earlier file")
    with created(path, is_new=True) as file:
        file["a"] = 1
        assert not path.exists()
    with h5py.File(path) as file:
        assert file["a"][()] == 1
    assert list(tmp_path.iterdir()) == [path]
    journal.write_bytes(b"of this file")
    whole = path.read_bytes()
    with pytest.raises(FileExistsError), created(path, is_new=True) as file:
        file["b"] = 2
    assert path.read_bytes() == whole and journal.exists()
    assert set(tmp_path.iterdir()) == {path, journal}
