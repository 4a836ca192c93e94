"""Which files a user means by paths, folders and patterns."""

import os
from collections import Counter
from pathlib import Path

import pytest

from epanns.audio.read import read_waveform
from epanns.datasets.listing import read_listing
from epanns.errors import AudioFileError
from epanns.files.find import NoRecordingsError, expand, find


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.wav",
        "a.flac",
        "notes.txt",
        ".hidden.wav",
        "deep/er/c",
        "deep/d.WAV",
        ".x/e.wav",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_a_folder_means_all_that_may_be_sound_in_it(tree: Path) -> None:
    left_out: Counter[str] = Counter()
    found = expand([tree], left_out)
    assert [str(path.relative_to(tree)) for path in found] == [
        "a.flac", "b.wav", "deep/d.WAV", "deep/er/c",
    ]  # fmt: skip
    assert left_out == {".txt": 1, "hidden": 1}


def test_a_pattern_means_the_files_that_match(tree: Path) -> None:
    assert [path.name for path in expand([f"{tree}/*.wav"])] == ["b.wav"]
    assert [path.name for path in expand([f"{tree}/**/*"])] == ["a.flac", "b.wav", "d.WAV", "c"]


def test_what_is_named_is_meant_whatever_it_is_and_once(tree: Path) -> None:
    named = [tree / "notes.txt", tree / ".hidden.wav", tree / "missing.wav", tree / "none*.wav"]
    assert expand([*named, tree / "b.wav", tree / "notes.txt"]) == [*named, tree / "b.wav"]
    odd = tree / "take [1].wav"
    odd.touch()
    assert expand([odd]) == [odd]


def test_a_file_that_is_named_in_two_ways_is_meant_once(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    first = Path("b.wav")
    assert expand([first, tree / "b.wav", tree / "deep" / ".." / "b.wav"]) == [first]


def test_linked_folders_are_entered_once_and_loops_are_cut(tree: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / f"{tmp_path.name} elsewhere"
    (elsewhere / "in").mkdir(parents=True)
    (elsewhere / "in" / "f.wav").touch()
    for name, target in (("deep/loop", tree), ("one", elsewhere), ("two", elsewhere / "in")):
        (tree / name).symlink_to(target)
    found = [str(path.relative_to(tree)) for path in expand([tree])]
    assert found[:4] == ["a.flac", "b.wav", "deep/d.WAV", "deep/er/c"]
    assert [Path(name).name for name in found[4:]] == ["f.wav"]


@pytest.fixture
def locked(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that cannot be listed, for the administrator neither."""
    scandir, folder = os.scandir, tree / "deep" / "er"

    def refuse(path: str | Path = ".") -> object:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    return folder


def test_a_folder_that_cannot_be_listed_is_a_recording_that_cannot_be_read(
    tree: Path, locked: Path
) -> None:
    assert locked in expand([tree])
    with pytest.raises(AudioFileError, match=r"er cannot be listed: Permission denied\.$"):
        read_waveform(locked)


def test_such_a_folder_is_named_in_a_pack_too(tree: Path, locked: Path) -> None:
    assert locked in [clip.path for clip in read_listing(tree)]


def test_brackets_in_the_name_of_a_folder_are_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "take [1]"
    folder.mkdir()
    (folder / "a.wav").touch()
    assert expand([folder]) == expand([f"{folder}/*.wav"]) == [folder / "a.wav"]


@pytest.mark.parametrize("given", ["-", "/dev/stdin"])
def test_a_pipe_is_refused_with_what_to_do(given: str) -> None:
    with pytest.raises(NoRecordingsError, match=r"read from files: cat > sound\.wav"):
        expand([given])


def test_a_name_that_is_too_long_is_a_file_that_is_missing() -> None:
    name = "a" * 300
    assert expand([name]) == [Path(name)]


def test_what_is_left_out_is_said(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "more.txt").touch()
    assert len(find([str(tree)])) == 4
    assert capsys.readouterr().err == "Left out, as they are no sound: 2 .txt, 1 hidden.\n"
    assert find([str(tree / "b.wav")]) == [tree / "b.wav"]
    assert capsys.readouterr().err == ""


def test_no_recordings_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folders = [str(tmp_path), str(tmp_path / "empty")]
    with pytest.raises(NoRecordingsError, match=rf"no recordings in {folders[0]}, {folders[1]}\."):
        find(folders)
