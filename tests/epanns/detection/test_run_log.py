"""The log of a run of detect in a folder: whose files it has, whatever became of them."""

from pathlib import Path
from typing import Any

import pytest

from epanns.detection.run_log import NAME, RunLog
from epanns.files.outputs.output import OutputError
from epanns.storage.file_state import FileState

RUN: dict[str, Any] = {"model": "starter", "threshold": [0.3, 0.4], "merge gap": 0.5}


def write(folder: Path, log: RunLog, *names: str) -> None:
    for name in names:
        (folder / name).write_text(name * 3)
        log.add(folder / name, 3 * len(name), FileState.of(folder / f"{name}.wav"))


def held(folder: Path, log: RunLog) -> set[str]:
    return {name for name in "abc" if log.holds(folder / name, folder / f"{name}.wav")}


def test_it_holds_what_the_same_run_has_written(tmp_path: Path) -> None:
    write(tmp_path, RunLog(tmp_path, RUN, resume=False), "a", "b")
    log = RunLog(tmp_path, RUN, resume=True)
    assert held(tmp_path, log) == {"a", "b"}
    write(tmp_path, log, "c")
    assert held(tmp_path, RunLog(tmp_path, RUN, resume=True)) == {"a", "b", "c"}


def test_files_that_are_gone_or_cut_off_are_not_held(tmp_path: Path) -> None:
    write(tmp_path, RunLog(tmp_path, RUN, resume=False), "a", "b", "c")
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_text("b")
    assert held(tmp_path, RunLog(tmp_path, RUN, resume=True)) == {"c"}


def test_a_run_that_begins_anew_holds_nothing_of_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, RunLog(tmp_path, RUN, resume=False), "a", "b")
    write(tmp_path, RunLog(tmp_path, RUN | {"merge gap": 0.1}, resume=False), "a")
    log = RunLog(tmp_path, RUN | {"merge gap": 0.1}, resume=True)
    assert held(tmp_path, log) == {"a"}, "b is of the other run"


def test_without_a_log_all_is_to_be_done(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("of an older version")
    assert not held(tmp_path, RunLog(tmp_path, RUN, resume=True))


def test_a_line_that_was_cut_off_is_not_counted(tmp_path: Path) -> None:
    write(tmp_path, RunLog(tmp_path, RUN, resume=False), "a", "b")
    text = (tmp_path / NAME).read_text()
    for end in range(text.index("\n", text.index('"a"')) + 1, len(text)):
        (tmp_path / NAME).write_text(text[:end])
        log = RunLog(tmp_path, RUN, resume=True)
        assert held(tmp_path, log) == {"a"}
        write(tmp_path, log, "b")
        assert held(tmp_path, RunLog(tmp_path, RUN, resume=True)) == {"a", "b"}


def test_another_run_is_not_mixed_in(tmp_path: Path) -> None:
    write(tmp_path, RunLog(tmp_path, RUN, resume=False), "a")
    before = (tmp_path / NAME).read_text()
    other = RUN | {"model": "epanns", "threshold": [0.3, 0.5]}
    with pytest.raises(
        OutputError, match="found with another model, threshold; go on with the sam"
    ):
        RunLog(tmp_path, other, resume=True)
    assert (tmp_path / NAME).read_text() == before


@pytest.mark.parametrize(
    "content", ["", "no log\n", '{"model": "starter"}\n[]\n', "[1]\n{}\n", "5\n", "[" * 9999 + "\n"]
)
def test_what_is_no_log_is_not_gone_on_with(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(OutputError, match=r"cannot be gone on with .*; leave out --resume"):
        RunLog(tmp_path, RUN, resume=True)
    assert not held(tmp_path, RunLog(tmp_path, RUN, resume=False))


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no/.epanns-detect.jsonl cannot be written: No such"):
        RunLog(tmp_path / "no", RUN, resume=False)


def test_a_file_of_a_recording_that_has_changed_or_was_not_whole_is_not_held(
    tmp_path: Path,
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.wav").write_bytes(b"sound")
    log = RunLog(tmp_path, RUN, resume=False)
    write(tmp_path, log, "a", "b")
    (tmp_path / "c").write_text("ccc")
    log.add(tmp_path / "c", 3, None)  # only a part of it could be read
    (tmp_path / "b.wav").write_bytes(b"more sound")
    again = RunLog(tmp_path, RUN, resume=True)
    assert held(tmp_path, log) == held(tmp_path, again) == {"a"} and again.knows(tmp_path / "b")


@pytest.mark.parametrize("tracks", [(None, 2), (2, None), (1, 2)])
def test_another_track_is_another_run(
    tmp_path: Path, tracks: tuple[int | None, int | None]
) -> None:
    before, after = (RUN | ({} if track is None else {"track": track}) for track in tracks)
    write(tmp_path, RunLog(tmp_path, before, resume=False), "a")
    assert held(tmp_path, RunLog(tmp_path, before, resume=True)) == {"a"}
    with pytest.raises(OutputError, match="found with another track; go on with the same"):
        RunLog(tmp_path, after, resume=True)
