"""Freed memory stays with a process that has asked for it."""

import platform
import subprocess
import sys

import pytest

from epanns.paths import ROOT

SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from epanns.runtimes.heap import keep_freed_memory

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

if sys.argv[1:] == ["keep"]:
    keep_freed_memory()
before = megabytes()
blocks = [np.ones(20_000_000, np.uint8) for _ in range(5)]
del blocks
print(megabytes() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_what_is_freed_is_kept_if_asked_for() -> None:
    kept, given_back = (
        float(
            subprocess.run(
                [sys.executable, "-c", SCRIPT, *words],
                cwd=ROOT, capture_output=True, text=True, check=True,
            ).stdout
        )
        for words in (["keep"], [])
    )  # fmt: skip
    assert kept > 90 and given_back < 50
