"""Sessions are read while they are written: each reader sees one commit, and nothing is lost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest

from epanns.sessions import session_writer
from epanns.sessions.reader import Session
from epanns.sessions.session_writer import SessionWriter
from epanns.storage import shared
from epanns.storage.journal import journal_of
from epanns.storage.shared import SharedFile
from tests.support.counting import ABOUT, sound, steps
from tests.support.programs import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files are not locked there")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.h5"


@pytest.fixture
def writer(path: Path) -> Iterator[SessionWriter]:
    with SessionWriter(path, ABOUT) as writer:
        yield writer


def hear(writer: SessionWriter, seconds: int = 1) -> None:
    for _ in range(seconds):
        writer.add_sound(sound(writer.samples, writer.samples + 32000))
        writer.commit()


def test_after_each_commit_any_program_can_read_the_file(writer: SessionWriter, path: Path) -> None:
    for second in range(1, 4):
        hear(writer)
        for swmr in (False, True):
            with h5py.File(path, "r", swmr=swmr) as file:
                assert (file["waveform"][:] == steps(0, second * 32000)).all()


def test_who_looks_into_a_file_as_soon_as_it_is_there_does_not_end_the_recording(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is there a moment before its writer has the file open."""
    readers: list[h5py.File] = []
    monkeypatch.setattr(shared.time, "sleep", lambda _: readers[0].close())

    class WatchedFile(SharedFile):
        def __init__(self, path: Path) -> None:
            readers.append(h5py.File(path, "r"))
            super().__init__(path)

    monkeypatch.setattr(session_writer, "SharedFile", WatchedFile)
    with SessionWriter(path, ABOUT) as writer:
        hear(writer)
    with Session(path) as session:
        assert session.samples == 32000


def test_what_is_being_read_does_not_change_under_the_reader(
    writer: SessionWriter, path: Path
) -> None:
    hear(writer)
    with h5py.File(path, "r") as file:
        before = path.read_bytes()
        hear(writer, 3)
        assert path.read_bytes()[: len(before)] == before
        assert file["waveform"].shape == (32000,)
        with Session(path) as second:
            assert second.samples == 32000
    hear(writer)  # nobody reads any more
    with h5py.File(path, "r") as file:
        assert (file["waveform"][:] == steps(0, 5 * 32000)).all()
    assert not journal_of(path).exists()


def test_a_recording_can_be_followed(writer: SessionWriter, path: Path) -> None:
    for second in range(1, 30):
        hear(writer)
        with Session(path) as session:
            assert session.samples == second * 32000
            last = session.waveform(session.samples - 32000, session.samples)
            assert (last == sound(session.samples - 32000, session.samples)).all()


def test_what_is_committed_while_somebody_reads_outlasts_the_death_of_the_writer(
    path: Path,
) -> None:
    program = (
        "import os, sys, h5py\n"
        "from pathlib import Path\n"
        "from tests.support.counting import ABOUT, sound\n"
        "from epanns.sessions.session_writer import SessionWriter\n"
        "writer = SessionWriter(Path(sys.argv[1]), ABOUT)\n"
        "for second in range(3):\n"
        "    writer.add_sound(sound(writer.samples, writer.samples + 32000))\n"
        "    writer.commit()\n"
        "    print(second, flush=True)\n"
        "    sys.stdin.readline()\n"
        "os._exit(9)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, text=True,
        env={"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout and process.stdin
    process.stdout.readline()
    with h5py.File(path, "r"):
        process.communicate("\n\n\n")
        assert journal_of(path).exists()
    with Session(path) as session:
        assert (session.waveform(0, session.samples) == sound(0, 3 * 32000)).all()
    assert not journal_of(path).exists()


def test_the_end_of_a_recording_waits_for_a_reader_a_moment(path: Path) -> None:
    with SessionWriter(path, ABOUT) as writer:
        hear(writer)
        reader = h5py.File(path, "r")
        hear(writer)
        reader.close()
    assert not journal_of(path).exists()
    with h5py.File(path, "r") as file:
        assert file["waveform"].shape == (64000,)


def test_nobody_else_can_write(writer: SessionWriter, path: Path) -> None:
    hear(writer)
    with pytest.raises(BlockingIOError):
        h5py.File(path, "r+")
