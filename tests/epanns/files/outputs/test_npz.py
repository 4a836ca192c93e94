"""Embeddings in a folder with a file a recording."""

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from epanns.files.outputs.npz import NpzFolder
from epanns.files.outputs.output import OutputError
from epanns.storage.file_state import FileState
from tests.support.scored_recordings import FIRST, PARTS, SECOND, TAGS, run


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    return [tmp_path / "in/a/x.wav", tmp_path / "in/b/x.wav"]


def test_npz_holds_the_embeddings_of_a_recording(tmp_path: Path, recordings: list[Path]) -> None:
    output = NpzFolder(tmp_path / "out", run(False, 0), recordings, resume=False)
    for part in PARTS[FIRST]:
        output.add(recordings[0], part)
    output.finish(recordings[0], TAGS[FIRST])
    output.fail(recordings[1], "It is none.")
    output.close()
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert files == [tmp_path / "out/a/x.wav.npz"]
    with np.load(files[0]) as file:
        expected = np.concatenate([part.embeddings for part in PARTS[FIRST]])
        np.testing.assert_array_equal(file["embedding"], expected)
        assert file["embedding"].dtype == np.float32
        np.testing.assert_array_equal(file["start"], 0.5 * np.arange(21))
        assert file["level"].shape == (21,) and file["duration"] == 3.21
        assert file["file"] == str(recordings[0]) and file["model"] == "starter"


def test_npz_files_that_are_there_are_not_made_again(
    tmp_path: Path, recordings: list[Path]
) -> None:
    folder = tmp_path / "out"
    output = NpzFolder(folder, run(False, 0), recordings, resume=False)
    assert not output.holds(recordings[0])
    output.add(recordings[0], PARTS[SECOND][0])
    output.finish(recordings[0], TAGS[SECOND])
    output = NpzFolder(folder, run(False, 0), recordings, resume=True)
    assert output.holds(recordings[0]) and not output.holds(recordings[1])
    with pytest.raises(OutputError, match="is there already"):
        NpzFolder(folder, run(False, 0), recordings, resume=False).holds(recordings[0])
    with pytest.raises(OutputError, match="epanns"):
        NpzFolder(folder, run(False, 0, "epanns"), recordings, resume=True).holds(recordings[0])


def test_npz_of_another_recording_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """Recorders use the same names on every day."""
    first, other = tmp_path / "monday/0001.wav", tmp_path / "tuesday/0001.wav"
    output = NpzFolder(tmp_path / "out", run(False, 0), [first], resume=False)
    output.add(first, PARTS[SECOND][0])
    output.finish(first, TAGS[SECOND])
    again = NpzFolder(tmp_path / "out", run(False, 0), [other], resume=True)
    with pytest.raises(OutputError, match=r"holds the embeddings of .*monday.*not of .*tuesday"):
        again.holds(other)


def test_npz_of_a_recording_that_has_changed_or_was_not_whole_is_made_again(
    tmp_path: Path, recordings: list[Path]
) -> None:
    for path in recordings:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"sound")
    folder = tmp_path / "out"
    output = NpzFolder(folder, run(False, 0), recordings, resume=False)
    states = [FileState.of(path) for path in recordings]
    for path, state in zip(recordings, states, strict=True):
        output.add(path, PARTS[SECOND][0])
        output.finish(path, dataclasses.replace(TAGS[SECOND], state=state))
    again = NpzFolder(folder, run(False, 0), recordings, resume=True)
    assert all(map(again.holds, recordings))
    recordings[0].write_bytes(b"more sound")
    assert [again.holds(path) for path in recordings] == [False, True]
    output.add(recordings[0], PARTS[SECOND][0])
    output.finish(recordings[0], TAGS[SECOND])  # not read whole
    assert [again.holds(path) for path in recordings] == [False, True]
    again.fail(recordings[0], "It cannot be read any more.")
    assert not (folder / "a/x.wav.npz").exists(), "nothing is left of what it was"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"track": 2}),
        ({"track": 2}, {}),
        ({"track": 1}, {"track": 2}),
        ({}, {"channel": 2}),
        ({"channel": "mean"}, {"channel": "loudest"}),
    ],
)
def test_npz_of_another_track_or_channel_is_another_run(
    tmp_path: Path, recordings: list[Path], before: dict[str, Any], after: dict[str, Any]
) -> None:
    output = NpzFolder(tmp_path / "out", run(False, 0, **before), recordings, resume=False)
    output.add(recordings[0], PARTS[SECOND][0])
    output.finish(recordings[0], TAGS[SECOND])
    again = NpzFolder(tmp_path / "out", run(False, 0, **before), recordings, resume=True)
    assert again.holds(recordings[0])
    with pytest.raises(OutputError, match=r"track|channel"):
        NpzFolder(tmp_path / "out", run(False, 0, **after), recordings, True).holds(recordings[0])


def test_npz_that_holds_something_else_is_refused(tmp_path: Path, recordings: list[Path]) -> None:
    folder = NpzFolder(tmp_path / "out", run(False, 0), recordings, resume=True)
    folder.add(recordings[0], PARTS[SECOND][0])
    folder.finish(recordings[0], TAGS[SECOND])
    path = tmp_path / "out/a/x.wav.npz"
    with zipfile.ZipFile(path) as archive:
        good = {name: archive.read(name) for name in archive.namelist()}
    for name, other in (
        ("segment", "file"),
        ("hop", "embedding"),
        ("file", "start"),
        ("model", ""),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for each, content in good.items():
                is_it = each == f"{name}.npy"
                archive.writestr(each, good.get(f"{other}.npy", b"") if is_it else content)
        with pytest.raises(OutputError) as caught:
            folder.holds(recordings[0])
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)
