"""A journalled file is a file, and whenever its writer dies it reads as at the last commit."""

import errno
import hashlib
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epanns.sessions.reader import Session
from epanns.storage import journal
from epanns.storage.journal import PAGE, JournalledFile, journal_of
from tests.support.programs import ROOT

PLACES = st.integers(0, 5 * PAGE)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), PLACES, st.binary(min_size=1, max_size=2 * PAGE)),
        st.tuples(st.just("truncate"), PLACES),
        st.tuples(st.just("commit")),
        st.tuples(st.just("die")),
    ),
    max_size=20,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"a" * (3 * PAGE))
    return path


def written(model: bytes, place: int, data: bytes) -> bytes:
    model = model.ljust(place, b"\0")
    return model[:place] + data + model[place + len(data) :]


@given(first=st.binary(max_size=3 * PAGE), steps=STEPS)
def test_it_reads_as_written_and_after_a_death_as_committed(
    tmp_path_factory: pytest.TempPathFactory, first: bytes, steps: list[tuple]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "file"
    path.write_bytes(first)
    now = kept = first
    file = JournalledFile(path)
    for kind, *values in steps:
        if kind == "write":
            place, data = values
            file.seek(place)
            assert file.write(data) == len(data)
            now = written(now, place, data)
        elif kind == "truncate":
            file.truncate(values[0])
            now = now[: values[0]].ljust(values[0], b"\0")
        elif kind == "commit":
            file.commit()
            kept = now
        else:
            file.close()
            file = JournalledFile(path)
            file.truncate(len(kept))  # what was written behind the end is nobody's
            now = kept
        file.seek(0)
        assert file.read() == now
        assert path.read_bytes()[: len(kept)] == kept
    file.close()


def test_what_changes_stays_in_memory_until_the_commit(path: Path) -> None:
    with JournalledFile(path) as file:
        file.seek(PAGE - 1)
        file.write(b"bbb")
        assert path.read_bytes() == b"a" * (3 * PAGE)
        file.commit()
        assert path.read_bytes()[PAGE - 2 : PAGE + 3] == b"abbba"
        assert not journal_of(path).exists()


def test_a_commit_cut_short_is_completed_by_the_next_who_opens(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: JournalledFile) -> None:
        raise KeyboardInterrupt

    with JournalledFile(path) as file:
        file.write(b"new")
        file.truncate(2 * PAGE)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(JournalledFile, "_redo", die)
            file.commit()
    assert path.read_bytes()[:3] == b"aaa"
    assert journal_of(path).exists()
    JournalledFile(path).close()
    assert path.read_bytes() == b"new" + b"a" * (2 * PAGE - 3)
    assert not journal_of(path).exists()


def test_a_journal_without_its_name_counts_for_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with JournalledFile(path) as file:
        file.write(b"new")
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Path, "replace", die)
            file.commit()
    JournalledFile(path).close()
    assert path.read_bytes() == b"a" * (3 * PAGE)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's list of open files")
def test_what_a_step_needs_is_on_the_disk_before_the_step(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash of the computer may lose whatever was not synchronised before it."""
    steps: list[str] = []
    fsync, replace, unlink = os.fsync, Path.replace, Path.unlink
    write_file = JournalledFile._write_file

    def synchronise(descriptor: int) -> None:
        steps.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        steps.append(f"name {target.name}")
        return replace(self, target)

    def remove(self: Path, missing_ok: bool = False) -> None:
        steps.append(f"remove {self.name}")
        unlink(self, missing_ok)

    def write(self: JournalledFile, place: int, view: memoryview) -> None:
        if view:
            steps.append(f"write {place}")
        write_file(self, place, view)

    with JournalledFile(path) as file:
        monkeypatch.setattr(os, "fsync", synchronise)
        monkeypatch.setattr(Path, "replace", rename)
        monkeypatch.setattr(Path, "unlink", remove)
        monkeypatch.setattr(JournalledFile, "_write_file", write)
        file.write(b"new")
        file.seek(0, os.SEEK_END)
        file.write(b"more")
        file.commit()
    assert steps == [
        f"write {3 * PAGE}",  # what no commit refers to yet
        "fsync file",
        "remove file.journal.part",  # which may be somebody's link to another file
        "fsync file.journal.part",
        "name file.journal",
        f"fsync {path.parent.name}",
        "write 0",
        "fsync file",
        "remove file.journal",
    ]


def test_a_full_disk_is_told_by_the_commit_and_changes_nothing(path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits of file size are POSIX")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with JournalledFile(path) as file:
        file.write(b"new")
        file.seek(3 * PAGE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 * PAGE, limits[1]))
        try:
            file.write(b"b" * (3 * PAGE))
            with pytest.raises(OSError, match="too large"):
                file.commit()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes()[: 3 * PAGE] == b"a" * (3 * PAGE)


def test_a_journal_that_cannot_be_made_is_told_with_its_cause(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with JournalledFile(path) as file:
        file.write(b"new")

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(PermissionError):
            file.commit()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no flock")
def test_only_one_process_may_have_it_open(path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from epanns.storage.journal import JournalledFile\n"
        "JournalledFile(pathlib.Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(path)]
    with JournalledFile(path):
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert "BlockingIOError" in run.stderr
    subprocess.run(command, cwd=ROOT, check=True)


def test_memory_is_held_for_changed_pages_only(path: Path) -> None:
    with JournalledFile(path) as file:
        file.seek(0, os.SEEK_END)
        for _ in range(100):
            file.write(b"b" * PAGE)
        assert not file._pages
        assert path.stat().st_size == journal.PAGE * 103
    assert path.stat().st_size == journal.PAGE * 3  # what was not committed takes no room


def test_a_link_in_the_place_of_the_draft_is_not_followed(path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    Path(f"{path}.journal.part").symlink_to(victim)
    with JournalledFile(path) as file:
        file.write(b"new")
        file.commit()
    assert victim.read_bytes() == b"precious" and path.read_bytes().startswith(b"new")


# --- a journal that belongs to something else


def leave_journal(path: Path, place: int = 10, data: bytes = b"new") -> Path:
    """A commit that is cut short before the file itself is changed."""
    with JournalledFile(path) as file:
        file.seek(place)
        file.write(data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(JournalledFile, "_redo", lambda _: None)
            file.commit()
    assert journal_of(path).exists()
    return journal_of(path)


def is_set_aside(path: Path, capfd: pytest.CaptureFixture[str]) -> bool:
    """Whether opening leaves the file as it is, and the journal under another name."""
    before = path.read_bytes()
    JournalledFile(path).close()
    aside = path.with_name(path.name + ".journal.unfit")
    said = (
        f"does not belong to this state of {path}, so it is now {aside}." in capfd.readouterr().err
    )
    assert path.read_bytes() == before or not said
    return said and aside.exists() and not journal_of(path).exists()


def test_another_file_of_that_name_is_left_alone(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    leave_journal(path)
    path.write_bytes(b"b" * (3 * PAGE))
    assert is_set_aside(path, capfd)


def test_another_state_of_the_file_is_left_alone(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    left = leave_journal(path).read_bytes()
    with JournalledFile(path) as file:  # completes that commit, and makes another
        file.seek(20)
        file.write(b"newer")
        file.commit()
    journal_of(path).write_bytes(left)
    assert is_set_aside(path, capfd)


@pytest.mark.parametrize("content", [b"", b"\0" * 8 + b"a" * PAGE, b"epannsj2 cut"])
def test_a_journal_in_no_known_form_is_set_aside(
    path: Path, capfd: pytest.CaptureFixture[str], content: bytes
) -> None:
    journal_of(path).write_bytes(content)
    assert is_set_aside(path, capfd)


@pytest.mark.parametrize("claim", [2**28, 2**40, 2**63 - 1, 2**64 - 1])
def test_a_journal_that_claims_a_larger_file_than_there_can_be_is_set_aside(
    path: Path, capfd: pytest.CaptureFixture[str], claim: int
) -> None:
    content = bytearray(leave_journal(path).read_bytes())
    content[8:16] = struct.pack("<Q", claim)  # the size of the file after the commit
    journal_of(path).write_bytes(content)
    assert is_set_aside(path, capfd)


@pytest.mark.parametrize("claim", [2**28, 2**40, 2**63 - 1, 2**64 - 1])
def test_a_journal_of_a_page_far_away_is_set_aside(
    path: Path, capfd: pytest.CaptureFixture[str], claim: int
) -> None:
    content = bytearray(leave_journal(path).read_bytes())
    zeros = hashlib.blake2b(bytes(PAGE), digest_size=8).digest()
    content[-PAGE - 16 : -PAGE] = struct.pack("<Q", claim) + zeros
    journal_of(path).write_bytes(content)
    assert is_set_aside(path, capfd)


def test_a_witness_far_away_is_none(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(leave_journal(path).read_bytes())
    content[20:28] = struct.pack("<Q", 2**64 - 1)
    journal_of(path).write_bytes(content)
    assert is_set_aside(path, capfd)


def test_a_journal_of_an_empty_file_does_not_empty_another(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(b"")
    leave_journal(path, data=b"")
    path.write_bytes(b"b" * PAGE)
    assert is_set_aside(path, capfd)


def test_a_commit_is_completed_though_some_pages_are_new_and_one_is_torn(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    changed = b"n" * (2 * PAGE)
    leave_journal(path, 0, changed)
    with path.open("r+b") as file:
        file.write(changed[:PAGE] + b"n" * 100)  # the first page and a piece of the second
    assert not is_set_aside(path, capfd)
    assert path.read_bytes() == changed + b"a" * PAGE


def test_the_recording_among_the_examples_keeps_what_it_holds(
    shared: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("stale.h5", "stale.h5.journal"):
        shutil.copy(shared / "faults" / name, tmp_path)
    before = (tmp_path / "stale.h5").read_bytes()
    with Session(tmp_path / "stale.h5") as session:
        assert session.duration > 0
    assert (tmp_path / "stale.h5").read_bytes() == before
    assert "does not belong to this state" in capfd.readouterr().err
