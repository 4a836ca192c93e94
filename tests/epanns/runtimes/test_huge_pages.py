"""Large pages are had where the system gives them on request, and change nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from epanns.paths import ROOT
from epanns.runtimes import huge_pages
from epanns.runtimes.huge_pages import ask_for_huge_pages

ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")


@pytest.mark.skipif(
    not ENABLED.exists() or "[madvise]" not in ENABLED.read_text(),
    reason="this system does not give large pages on request",
)
def test_what_is_large_moves_into_large_pages() -> None:
    code = """
from pathlib import Path
from epanns.runtimes.huge_pages import ask_for_huge_pages

def in_large_pages():
    text = Path("/proc/self/smaps_rollup").read_text()
    return int(text.partition("AnonHugePages:")[2].split()[0]) // 1024

data = bytearray(b"sound") * 12_800_000
before = in_large_pages()
ask_for_huge_pages()
assert data == b"sound" * 12_800_000
print(in_large_pages() - before)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    if run.stdout.strip() == "0":
        pytest.skip("the system has no large pages to give")
    assert int(run.stdout) > 0  # MB of 64; all of them, unless memory is short or in pieces


def test_system_that_tells_nothing_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huge_pages, "MAPS", Path("/nowhere"))
    ask_for_huge_pages()


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    ask_for_huge_pages()
