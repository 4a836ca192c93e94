"""scripts/benchmarks/startup.py sees the window and the bars, page_cache.py empties the cache."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

from benchmarks import page_cache, startup  # noqa: E402 - path above
from tests.support.testbench.children import TestbenchError  # noqa: E402

linux = pytest.mark.skipif(sys.platform != "linux", reason="the page cache is asked as on Linux")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A megabyte on disk."""
    path = tmp_path / "file"
    path.write_bytes(os.urandom(1 << 20))
    return path


@linux
@pytest.mark.display
def test_a_row_for_the_window_and_one_for_the_bars_cold_and_warm() -> None:
    rows = {row.name: row for row in startup.measure(rounds=1).rows}
    assert list(rows) == [
        "window, cold",
        "window, warm",
        "first bars after the window, starter, cold",
        "first bars after the window, starter, warm",
    ]
    for row in rows.values():
        assert len(row.rounds) == 1 and min(row.rounds) > 0 and row.unit == "s"
        assert row.goal and row.met is not None
    half_a_segment = 0.5  # seconds; nothing is scored before there is as much sound
    assert min(rows["first bars after the window, starter, warm"].rounds) > half_a_segment


@linux
@pytest.mark.display
def test_a_program_that_does_not_come_up_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(TestbenchError, match="ended early"):
        startup.measure(rounds=1, checkpoint=tmp_path / "missing.pth")


@linux
def test_the_cache_is_emptied_of_a_file(file: Path) -> None:
    assert page_cache.share_cached([file]) == 1.0
    page_cache.drop([file])
    if page_cache.share_cached([file]) == 1.0:
        pytest.skip("this file system keeps everything in memory")
    assert page_cache.share_cached([file]) == 0.0
    file.read_bytes()
    assert page_cache.share_cached([file]) == 1.0


@linux
def test_files_that_cannot_be_read_are_passed_over(tmp_path: Path, file: Path) -> None:
    page_cache.drop([tmp_path / "missing", tmp_path, file])
    assert page_cache.share_cached([tmp_path / "missing"]) == 0.0
