"""Counters of energy as Linux has them, in a folder of a test."""

from pathlib import Path


def counter(root: Path, zone: str, name: str, microjoules: int, most: int = 10**9) -> Path:
    """A folder as the kernel makes one; gives its file of the count."""
    folder = root / zone
    folder.mkdir()
    (folder / "name").write_text(f"{name}\n")
    (folder / "max_energy_range_uj").write_text(f"{most}\n")
    count = folder / "energy_uj"
    count.write_text(f"{microjoules}\n")
    return count
