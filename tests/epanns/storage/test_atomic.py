"""A file is whole whenever anyone looks: the new one, or else the old one."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from epanns.storage.atomic import ABANDONED, ENDING, PREFIX, check_writable, replacing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "curve [1].csv"
    path.write_text("old")
    return path


def files(path: Path) -> dict[str, str]:
    """What is in the folder of a file."""
    return {each.name: each.read_text() for each in path.parent.iterdir()}


def age(draft: Path, seconds: float) -> None:
    draft.write_text("half a fi")
    os.utime(draft, (time.time() - seconds,) * 2)


def test_a_draft_takes_the_place_of_the_file_once_it_is_written(path: Path) -> None:
    with replacing(path) as draft:
        assert draft.parent == path.parent and not draft.exists()
        draft.write_text("new")
        assert path.read_text() == "old"
    assert files(path) == {path.name: "new"}


def test_a_file_that_is_not_there_yet_appears(tmp_path: Path) -> None:
    with replacing(tmp_path / "new.csv") as draft:
        draft.write_text("new")
    assert files(tmp_path / "new.csv") == {"new.csv": "new"}


@pytest.mark.parametrize("error", [OSError, ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_no_draft(path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), replacing(path) as draft:
        draft.write_text("half a fi")
        raise error
    assert files(path) == {path.name: "old"}


def test_a_draft_that_nobody_wrote_is_a_failure(path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert files(path) == {path.name: "old"}


def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(OSError), replacing(tmp_path / "nowhere" / "new.csv") as draft:
        draft.write_text("new")
    assert not list(tmp_path.iterdir())


def test_two_writers_have_a_draft_each_and_the_last_one_counts(path: Path) -> None:
    with replacing(path) as first:
        first.write_text("first")
        with replacing(path) as second:
            assert second != first
            second.write_text("second")
        assert path.read_text() == "second"
    assert files(path) == {path.name: "first"}


def test_abandoned_drafts_go_and_those_of_others_stay(path: Path) -> None:
    abandoned, fresh = (path.with_name(f"{PREFIX}{name}{ENDING}") for name in "ab")
    others = path.with_name(f".another{ENDING}")
    age(abandoned, 2 * ABANDONED)
    age(others, 2 * ABANDONED)
    age(fresh, 0)
    with replacing(path) as draft:
        draft.write_text("new")
    assert files(path).keys() == {path.name, fresh.name, others.name}


def test_a_folder_is_searched_once_however_many_files_are_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[Path] = []
    iterdir = Path.iterdir

    def search(folder: Path) -> Iterator[Path]:
        searched.append(folder)
        return iterdir(folder)

    monkeypatch.setattr(Path, "iterdir", search)
    for number in range(10):
        with replacing(path.with_name(f"{number}.csv")) as draft:
            draft.write_text("new")
    assert searched == [path.parent]


@pytest.mark.skipif(os.name != "posix", reason="the limit is that of Linux and macOS")
def test_the_longest_name_that_a_file_can_have_will_do(tmp_path: Path) -> None:
    path = tmp_path / f"{'a' * 251}.csv"
    with replacing(path) as draft:
        draft.write_text("new")
    assert files(path) == {path.name: "new"}


def test_to_ask_whether_a_file_can_be_written_leaves_no_trace(path: Path) -> None:
    check_writable(path)
    check_writable(path.with_name("new.csv"))
    assert files(path) == {path.name: "old"}
    for impossible in (path / "in a file", path.parent, path.parent / "nowhere" / "new.csv"):
        with pytest.raises(OSError):
            check_writable(impossible)
