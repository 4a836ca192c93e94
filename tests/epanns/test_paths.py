"""Where the project's files are, and where the user's are kept."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from epanns import paths
from epanns.paths import can_be_written, existing, new_path, recordings, why_elsewhere
from tests.support.programs import ROOT, environment

FOLDERS = ("MODELS", "CONVERTED", "USER_SETTINGS", "RECORDINGS", "PACKAGES", "CONFIG")


def folders_with(**variables: str) -> dict[str, str]:
    """The folders as a program finds them that starts with some variables."""
    code = (
        "import json, epanns.paths as paths;"
        f"print(json.dumps({{name: str(getattr(paths, name)) for name in {FOLDERS}}}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment(**variables), cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(result.stdout)


def test_a_checkout_holds_everything() -> None:
    assert folders_with() == {
        "MODELS": str(ROOT / "models"),
        "CONVERTED": str(ROOT / "models" / "converted"),
        "USER_SETTINGS": str(ROOT / "config" / "settings.toml"),
        "RECORDINGS": str(ROOT / "recordings"),
        "PACKAGES": "None",
        "CONFIG": str(ROOT / "config"),
    }


def test_a_variable_moves_what_the_user_has(tmp_path: Path) -> None:
    assert folders_with(EPANNS_HOME=str(tmp_path)) == {
        "MODELS": str(tmp_path / "models"),
        "CONVERTED": str(tmp_path / "converted"),
        "USER_SETTINGS": str(tmp_path / "settings.toml"),
        "RECORDINGS": str(ROOT / "recordings"),
        "PACKAGES": str(tmp_path / "packages"),
        "CONFIG": str(ROOT / "config"),
    }


def test_recordings_go_elsewhere_where_their_folder_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recordings() == ROOT / "recordings" and why_elsewhere() == ""
    (tmp_path / "recordings").write_text("a file")
    monkeypatch.setattr(paths, "RECORDINGS", tmp_path / "recordings")
    monkeypatch.setenv("EPANNS_HOME", str(tmp_path / "home"))
    assert recordings() == tmp_path / "home" / "recordings"
    assert why_elsewhere() == (
        f"{tmp_path / 'recordings'} cannot be written to, so what is kept goes into"
        f" {tmp_path / 'home' / 'recordings'}; python -m epanns record --out FILE.h5 names another"
        " place."
    )
    assert new_path().parent == recordings()


def test_a_user_without_a_home_records_into_a_temporary_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container or a service there may be none."""
    (tmp_path / "a file").touch()
    monkeypatch.setattr(paths, "RECORDINGS", tmp_path / "a file" / "recordings")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "a file"))
    assert recordings() == paths.temporary_folder() / "recordings"
    assert recordings() == recordings() and not paths.temporary_folder().exists()
    assert f"what is kept goes into {recordings()}; " in why_elsewhere()
    assert can_be_written(recordings()) and not paths.has_home()


def test_no_other_user_can_know_the_temporary_folder_before() -> None:
    """What waits there could be a link to a file of the user's."""
    folder = paths.temporary_folder()
    paths.temporary_folder.cache_clear()
    assert paths.temporary_folder() != folder


@pytest.mark.parametrize("version", ["older", "newer"])
def test_the_folders_of_a_user_whom_the_system_does_not_know_are_none(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """No folder called ~ is made where the program runs, whatever platformdirs does about it."""

    def folder(name: str, **_: object) -> Path:
        if version == "newer":
            raise RuntimeError("could not determine the home directory")
        return Path("~", ".local", "share", name)

    monkeypatch.setattr("platformdirs.user_data_path", folder)
    monkeypatch.setenv("HOME", "~")
    assert paths._user_folder("data") == Path("/nonexistent/epanns/data")
    assert not paths.has_home()


def test_a_path_that_the_system_refuses_to_look_at_is_not_there(tmp_path: Path) -> None:
    assert existing(tmp_path / ("a" * 300) / "b") == tmp_path
    assert can_be_written(tmp_path / ("a" * 300))


def test_a_folder_that_is_not_there_yet_can_be_written_where_it_can_be_made(tmp_path: Path) -> None:
    assert can_be_written(tmp_path / "a" / "b") and existing(tmp_path / "a" / "b") == tmp_path
    (tmp_path / "file").touch()
    assert not can_be_written(tmp_path / "file" / "b")


def test_two_files_of_one_second_have_two_names(tmp_path: Path) -> None:
    names = set()
    for _ in range(3):
        path = new_path(folder=tmp_path)
        path.touch()
        names.add(path)
    assert len(names) == 3
    assert {path.suffix for path in names} == {".h5"}


def test_recordings_are_named_by_when_they_began() -> None:
    assert datetime.strptime(new_path().name, "%Y-%m-%d_%H-%M-%S.h5").year >= 2025
    assert new_path().parent == ROOT / "recordings"


def test_other_kinds_of_files_have_other_endings() -> None:
    assert datetime.strptime(new_path(".png").name, "%Y-%m-%d_%H-%M-%S.png").year >= 2025
