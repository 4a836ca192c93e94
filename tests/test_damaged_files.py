"""Whatever is in a file, its reader opens it, or refuses it in a sentence.

Seeded damage of every kind of file but sound (tests/epanns/commands/test_tag.py has that): bytes,
entries of ZIP files, tables and attributes of HDF5 files, lines and cells of texts. The readers run
in a process of their own, so that a crash of a library is seen, and what does not come back is
ended.
"""

import json
import subprocess
import sys

import pytest

from tests.support.programs import ROOT, environment

CASES = {
    "weights": 60, "copies": 100, "sessions": 300, "packs": 300, "outputs": 400, "tables": 600,
}  # fmt: skip
HUNG = 300  # seconds, which is only there to end what hangs
MEMORY = 256 << 20  # bytes that damaged files may take more than whole ones


@pytest.mark.parametrize("kind", CASES)
def test_damage_ends_in_a_sentence_at_most(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.damaged_readers", kind, str(CASES[kind]), "1"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=HUNG, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert not found["wrong"], "\n".join(found["wrong"])
    assert found["opened"] + found["refused"] == CASES[kind] and found["refused"] > CASES[kind] / 10
    assert found["bytes"] < MEMORY
