"""Which files a user means by paths, folders and patterns."""

from collections import Counter
from pathlib import Path

import pytest

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


def test_links_to_folders_are_not_followed(tree: Path) -> None:
    (tree / "deep/loop").symlink_to(tree)
    assert len(expand([tree])) == 4


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
