"""The wheel, installed: the program works from any folder and writes nothing where it is."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import epanns
from epanns.paths import DISTRIBUTION
from epanns.sessions.reader import Session
from tests.support.programs import ROOT, environment
from tests.support.testbench.virtual_display import VirtualDisplay
from tests.support.toy_pack import toy_pack

SAMPLE = ROOT / "config" / "sample.flac"


def pip(command: str, *words: object) -> None:
    """Run pip on this project alone, without what it needs."""
    options = ["--quiet", "--no-deps", *map(str, words)]
    subprocess.run([sys.executable, "-m", "pip", command, *options], check=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it is installed in; the packages that it needs are those of the tests."""
    folder = tmp_path_factory.mktemp("site")
    pip("install", "--no-index", "--target", folder, wheel)
    return folder


class Installed:
    """Runs the installed command in a folder of the user's."""

    def __init__(self, site: Path, folder: Path, home: Path) -> None:
        self.site, self.folder, self.home = site, folder, home
        self.env = environment(
            PYTHONPATH=str(site), EPANNS_HOME=str(home), PYTHONDONTWRITEBYTECODE="1"
        )

    def __call__(self, *words: object, display: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.site / "bin" / "epanns"), *map(str, words)],
            cwd=self.folder,
            env=self.env | ({"DISPLAY": display} if display else {}),
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def installed(site: Path, tmp_path: Path) -> Iterator[Installed]:
    """The command, in an empty folder; whatever it does, its own files stay as they are."""
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    folder = tmp_path / "empty"
    folder.mkdir()
    yield Installed(site, folder, tmp_path / "home")
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before


def test_it_holds_all_that_the_program_brings_along_and_nothing_else(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "config", "models", "epanns", "gui"], cwd=ROOT, capture_output=True,
        text=True, check=False,
    ).stdout.split()  # fmt: skip
    if not tracked:
        pytest.skip("this tree is no clone, so what belongs to it is not known")
    names = zipfile.ZipFile(wheel).namelist()
    brought = {name for name in names if ".dist-info/" not in name}
    moved = {
        f"epanns/bundled/{name}" if name.startswith(("config/", "models/")) else name
        for name in tracked
        if (ROOT / name).exists()
    }
    more = {"demo_tag.py", "epanns/bundled/requirements.txt", "epanns/bundled/pyproject.toml"}
    assert brought - moved == more and moved <= brought


def test_recordings_are_tagged(installed: Installed) -> None:
    result = installed("tag", SAMPLE)
    assert result.returncode == 0, result.stderr
    assert "Speech" in result.stdout
    assert list(installed.folder.iterdir()) == []


def test_the_live_view_runs_and_names_itself(installed: Installed) -> None:
    result = installed("live", "--text", "--source", "sample", "--seconds", "3")
    assert result.returncode == 0 and "Speech" in result.stdout, result.stderr
    assert installed("live", "--help").stdout.startswith("usage: epanns live ")
    assert "see epanns live --help" in installed("live", "--no-such-flag").stderr


def test_what_is_recorded_lies_in_the_current_folder(installed: Installed) -> None:
    result = installed("record", "--source", "sample", "--seconds", "1")
    assert result.returncode == 0, result.stderr
    (path,) = installed.folder.glob("recordings/*.h5")
    assert f"to {path}" in result.stderr
    with Session(path) as session:
        assert session.versions[DISTRIBUTION] == epanns.__version__


def test_where_that_cannot_be_written_it_lies_in_the_users_own(installed: Installed) -> None:
    (installed.folder / "recordings").write_text("no folder")
    result = installed("record", "--source", "sample", "--seconds", "1")
    assert result.returncode == 0, result.stderr
    own = installed.home / "recordings"
    assert len(list(own.glob("*.h5"))) == 1
    assert f"cannot be written to, so what is kept goes into {own}; " in result.stderr
    assert "record --out" in result.stderr


@pytest.mark.display
def test_the_window_opens(installed: Installed) -> None:
    with VirtualDisplay() as display:
        result = installed(
            "live", "--source", "sample", "--seconds", "2", display=display.env["DISPLAY"]
        )
    assert result.returncode == 0, result.stderr
    assert "Showing bars in the terminal" not in result.stderr


def test_a_network_is_trained_and_used(installed: Installed) -> None:
    toy_pack(installed.folder / "pack.h5")
    result = installed(
        "train", "pack.h5", "--out", "run", "--steps", "2", "--widths", "4,4,8,8,8,8"
    )
    assert result.returncode == 0, result.stderr
    result = installed("tag", SAMPLE, "--model", "run/last.pth")
    assert result.returncode == 0, result.stderr


def test_weights_belong_into_the_users_folder_and_the_doctor_says_where(
    installed: Installed,
) -> None:
    result = installed("models", "fetch", "epanns")
    assert "setting offline forbids" in result.stderr
    assert f"put it into {installed.home / 'models'}" in result.stderr
    findings = json.loads(installed("doctor", "--json").stdout)["findings"]
    found = {each["topic"]: each["found"] for each in findings}
    assert found["models"].endswith(str(installed.home / "models"))
    assert found["converted"].endswith(str(installed.home / "converted"))
    assert str(installed.home / "settings.toml") in found["settings"]


def test_settings_come_from_the_users_folder(installed: Installed) -> None:
    installed.home.mkdir()
    (installed.home / "settings.toml").write_text("top_k = 0\n")
    assert "top_k is 0" in installed("live", "--text").stderr
    assert os.environ.get("EPANNS_HOME") is None
