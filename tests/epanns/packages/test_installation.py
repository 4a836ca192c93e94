"""Packages that are installed when they are needed, by the real pip from a folder of wheels."""

import importlib
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from epanns.errors import InstallationError, PackagesMissingError
from epanns.packages import installation
from epanns.packages.installation import (
    ABANDONED,
    SCRATCH,
    install_training,
    require_training,
)

NAME = "needed-later"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks for packages: an empty folder."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)  # no uv, which would go elsewhere
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's own folder of packages: Python's cannot be written to."""
    folder = tmp_path / "home" / "packages"
    monkeypatch.setattr(installation, "PACKAGES", folder)
    monkeypatch.setattr(installation, "can_be_written", lambda _: False)
    monkeypatch.setattr(installation, "for_training", lambda: (NAME,))
    monkeypatch.setattr(installation, "pinned", lambda: {NAME: "1.0"})
    before = list(sys.path)
    yield folder
    sys.path[:] = before
    sys.modules.pop("needed_later", None)
    importlib.invalidate_caches()


def put_wheel(folder: Path, needs: str = "") -> None:
    info = "needed_later-1.0.dist-info"
    with zipfile.ZipFile(folder / "needed_later-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("needed_later.py", "ANSWER = 42\n")
        about = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n"
        wheel.writestr(f"{info}/METADATA", about + (f"Requires-Dist: {needs}\n" if needs else ""))
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_what_is_missing_is_named_with_what_installs_it(place: Path) -> None:
    with pytest.raises(PackagesMissingError, match=r"needs needed-later, .* installs it\.$"):
        require_training()


def test_it_can_be_imported_as_soon_as_it_is_installed(wheels: Path, place: Path) -> None:
    put_wheel(wheels)
    shares: list[float] = []
    install_training(shares.append)
    assert importlib.import_module("needed_later").ANSWER == 42
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] < 1
    require_training()
    assert not list(place.glob(".install-*"))


def test_what_a_killed_installation_left_is_removed(wheels: Path, place: Path) -> None:
    old, new = (place / f"{SCRATCH}{name}" for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 2 * ABANDONED,) * 2)
    put_wheel(wheels)
    install_training()
    assert new.exists() and not old.exists()


def test_without_a_source_it_says_so_and_leaves_nothing(wheels: Path, place: Path) -> None:
    with pytest.raises(InstallationError, match=r"could not be installed \(.*needed-later.*\)"):
        install_training()
    assert list(place.iterdir()) == []


def test_what_is_installed_already_keeps_its_version(wheels: Path, place: Path) -> None:
    put_wheel(wheels, needs="click<1.0")
    with pytest.raises(InstallationError, match="could not be installed"):
        install_training()
    assert list(place.iterdir()) == []


def test_it_can_be_broken_off(wheels: Path, place: Path) -> None:
    def progress(_: float) -> None:
        raise KeyboardInterrupt

    put_wheel(wheels)
    with pytest.raises(KeyboardInterrupt):
        install_training(progress)
    assert list(place.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_fetched(
    wheels: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "AT_MOST", 1e18)
    with pytest.raises(InstallationError, match="GB are free; make room"):
        install_training()


def test_a_folder_that_cannot_be_made_is_one_sentence(
    wheels: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.parent.write_text("a file")
    with pytest.raises(InstallationError, match=r"cannot be installed into .*; scripts/setup"):
        install_training()
