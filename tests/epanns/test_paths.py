"""Files among the recordings are named by date and time, and take nobody else's name."""

from datetime import datetime
from pathlib import Path

from epanns.paths import new_path
from tests.support.programs import ROOT


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
