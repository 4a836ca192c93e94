"""Files are written and read where they cannot be locked, as on many network shares."""

import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from epanns.datasets.pack import Pack
from epanns.sessions.reader import Session
from tests.support.counting import sound
from tests.support.programs import ROOT, environment
from tests.support.without_locks import is_possible

pytestmark = pytest.mark.skipif(not is_possible(), reason="only Linux can be told to refuse locks")

CAUSES = {
    "ENOSYS": "Function not implemented",
    "ENOLCK": "No locks available",
    "EOPNOTSUPP": "Operation not supported",
}
RECORDING = """
from epanns.sessions.session_writer import SessionWriter
from epanns.sessions.reader import Session
from tests.support.counting import ABOUT, sound
with SessionWriter(path, ABOUT) as writer:
    for second in range(3):
        writer.add_sound(sound(32000 * second, 32000 * (second + 1)))
        writer.commit()
        with Session(path) as session:  # while it is recorded
            assert session.samples == 32000 * (second + 1)
    writer.finish("stopped")
"""
PACK = """
import numpy
from epanns.datasets.pack import Pack, PackWriter
for name in "ab":  # made, then added to
    with PackWriter(path) as writer:
        writer.add(name, numpy.zeros(32000, numpy.float32), numpy.zeros(527))
with Pack(path) as pack:
    assert pack.names == ("a", "b")
"""
TAGS = """
import sys
import soundfile
from epanns.__main__ import main
soundfile.write(path.with_name("x.wav"), [0.1] * 32000, 32000)
main(["tag", str(path.with_name("x.wav")), "--out", str(path)], standalone_mode=False)
"""


def without_locks(path: Path, name: str, program: str) -> "subprocess.CompletedProcess[str]":
    """Run a program for which every lock fails with an error of this name."""
    begin = (
        "import sys\nfrom pathlib import Path\npath = Path(sys.argv[1])\n"
        f"from tests.support.without_locks import refuse_flock\nrefuse_flock({name!r})\n"
    )
    return subprocess.run(
        [sys.executable, "-c", begin + program, path],
        cwd=ROOT, env=environment(), capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("name", CAUSES)
@pytest.mark.parametrize("program", [RECORDING, PACK, TAGS])
def test_a_file_is_written_and_read_and_once_it_is_said_why_it_is_not_locked(
    tmp_path: Path, name: str, program: str
) -> None:
    path = tmp_path / "file.h5"
    run = without_locks(path, name, program)
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("\n") == 1 + run.stderr.count("times real time")
    assert run.stderr.startswith(
        f"Files in {tmp_path} cannot be locked ({CAUSES[name]}), so see that no two programs write"
        " to one of them at a time.\n"
    )
    if program == RECORDING:
        with Session(path) as session:
            assert (session.waveform(0, 96000) == sound(0, 96000)).all()
    elif program == PACK:
        with Pack(path) as pack:
            assert len(pack) == 2
    else:
        with h5py.File(path) as file:
            assert len(file["file"]) == 1


def test_a_lock_that_fails_otherwise_is_told_with_its_cause_and_leaves_no_stub(
    tmp_path: Path,
) -> None:
    run = without_locks(tmp_path / "file.h5", "EIO", RECORDING)
    assert run.stderr.endswith(
        f"SessionError: {tmp_path / 'file.h5'} cannot be written: Input/output error: the disk or"
        " the share that it is on fails.\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_reader_names_the_cause_and_calls_it_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "file.h5"
    assert without_locks(path, "ENOLCK", RECORDING).returncode == 0
    reading = "from epanns.sessions.reader import Session\nSession(path)"
    run = without_locks(path, "EIO", reading)
    assert run.stderr.endswith(
        f"SessionError: {path} cannot be opened: Input/output error: the disk or the share that it"
        " is on fails.\n"
    )
