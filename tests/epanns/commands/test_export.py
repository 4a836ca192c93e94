"""python -m epanns export, as a researcher runs it."""

import csv
from pathlib import Path

import pytest

from epanns.commands.export import FORMS
from epanns.sessions.export import ENDINGS
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.commands import CommandRun, epanns, epanns_program
from tests.support.counting import TOOLS, toy_session


def export(*words: object) -> CommandRun:
    return epanns("export", *words)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return toy_session(tmp_path / "session.h5", 2.0)


def test_everything_goes_into_a_folder_beside_the_session(path: Path, tmp_path: Path) -> None:
    result = epanns_program("export", path)
    assert result.returncode == 0, result.stderr
    files = sorted(file.name for file in (tmp_path / "session").iterdir())
    assert files == [
        "session.csv", "session.json", "session.labels.txt", "session.png", "session.wav",
    ]  # fmt: skip
    assert sorted(result.stdout.split()) == sorted(str(tmp_path / "session" / f) for f in files)
    assert result.stderr == ""


def test_a_part_of_it_goes_where_it_is_wanted(path: Path, tmp_path: Path) -> None:
    result = export(path, "--as", "wav", "--as", "labels", "--into", tmp_path / "a" / "b")
    assert result.returncode == 0, result.stderr
    assert {file.suffix for file in (tmp_path / "a" / "b").iterdir()} == {".wav", ".txt"}


def test_several_sessions_of_any_vocabularies_are_exported_at_once(tmp_path: Path) -> None:
    paths = [
        toy_session(tmp_path / "audioset.h5", 1.0),
        toy_session(tmp_path / "own.h5", 1.0, network=TOOLS),
    ]
    result = export(*paths, "--as", "csv", "--into", tmp_path / "both")
    assert (result.returncode, result.stderr) == (0, "")
    heads = {
        path.stem: next(csv.reader((tmp_path / "both" / f"{path.stem}.csv").open()))[2:]
        for path in paths
    }
    assert heads == {"audioset": list(AUDIOSET.names), "own": list(TOOLS.vocabulary.names)}


def test_one_that_is_no_session_does_not_keep_the_others(path: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no session")
    result = export(broken, path, "--as", "json")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "broken.h5" in result.stderr
    assert (tmp_path / "session" / "session.json").exists()


def test_nothing_is_written_over(path: Path, tmp_path: Path) -> None:
    """Such as the sound file that was recorded from."""
    (tmp_path / "session.wav").write_bytes(b"the original")
    result = export(path, "--into", tmp_path)
    assert result.returncode == 1
    assert "session.wav is there already; choose another folder by --into." in result.stderr
    assert (tmp_path / "session.wav").read_bytes() == b"the original"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["session.h5", "session.wav"]


def test_a_session_without_an_ending_has_its_folder(path: Path, tmp_path: Path) -> None:
    path.rename(tmp_path / "take")
    assert export(tmp_path / "take", "--as", "json").returncode == 0
    assert (tmp_path / "take export" / "take.json").exists()


def test_a_session_that_was_cut_off_says_so(tmp_path: Path) -> None:
    path = toy_session(tmp_path / "session.h5", 1.0, ended="")
    result = export(path, "--as", "json")
    assert result.returncode == 0
    assert result.stderr == f"{path} was cut off after 1.0 s, or goes on still.\n"


def test_what_is_no_session_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file.h5").write_text("text")
    result = export(tmp_path / "file.h5")
    assert result.returncode == 1
    assert "file.h5 is no recording session, or it is damaged" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("form", ["wav", "csv", "picture"])
def test_what_cannot_be_written_is_one_sentence(path: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / "file").write_text("")
    result = export(path, "--as", form, "--into", tmp_path / "file" / "folder")
    assert result.returncode == 1
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_form_can_be_asked_for() -> None:
    assert tuple(ENDINGS) == FORMS
