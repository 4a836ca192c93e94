"""How far a run is, on a standard error that is no terminal."""

from pathlib import Path

import pytest

from epanns.files import progress
from epanns.files.progress import RecordingsProgress


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Recordings of 100 and 300 bytes, and one that is missing."""
    paths = [tmp_path / name for name in ("a.wav", "b.wav", "missing.wav")]
    for path, size in zip(paths, (100, 300), strict=False):
        path.write_bytes(bytes(size))
    return paths


def test_lines_say_how_far_it_is_by_the_sizes_of_the_files(
    files: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY", -1.0)
    now = iter([0.0, 60.0, 120.0, 180.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    with RecordingsProgress(files) as shown:
        shown.part(files[1], 600.0, 1 / 3)  # 100 of 400 bytes in a minute
        shown.finish(files[0], 1200.0)
        shown.finish(files[2], 0.0)
    assert capsys.readouterr().err.splitlines() == [
        "0 of 3 recordings, 10 times real time, some 3 min left.",
        "1 of 3 recordings, 15 times real time, some 2 min left.",
        "2 of 3 recordings, 10 times real time, some 3 min left.",
    ]


def test_there_is_a_line_now_and_then_only(
    files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with RecordingsProgress(files) as shown:
        for path in files:
            shown.finish(path, 1.0)
    assert capsys.readouterr().err == ""
