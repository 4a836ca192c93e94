"""The checks of processor, memory and disk."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from epanns.doctor import machine_check
from epanns.runtimes import processor

ZEN = "processor : 0\nmodel name\t: AMD  EPYC\nflags\t\t: fpu avx avx2 avx512f avx512_vnni\n"
OLD = "processor : 0\nmodel name : Intel Atom\nflags : fpu sse2 ssse3\n"
PI = "processor : 0\nFeatures : fp asimd evtstrm crc32 asimddp\n"


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /proc."""
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(machine_check, "MEMINFO", tmp_path / "meminfo")
    return tmp_path


def test_the_instructions_that_help_are_recognised() -> None:
    assert machine_check.features(ZEN) == ["AVX2", "AVX-512", "VNNI"]
    assert machine_check.features(OLD) == []
    assert machine_check.features(PI) == ["NEON", "dot products"]
    assert machine_check.features("flags : avx2 avx_vnni") == ["AVX2", "VNNI"]


def test_the_processor_is_named(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_check.platform, "machine", lambda: "x86_64")
    (proc / "cpuinfo").write_text(ZEN)
    (finding,) = machine_check.processor()
    assert finding.mark == "good" and finding.found.startswith("AMD EPYC, ")
    assert finding.figures["features"] == ["AVX2", "AVX-512", "VNNI"]
    assert finding.figures["cores"] >= 1


def test_a_processor_without_avx2_is_slow(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (proc / "cpuinfo").write_text(OLD)
    monkeypatch.setattr(machine_check.platform, "machine", lambda: "x86_64")
    (finding,) = machine_check.processor()
    assert finding.mark == "warning" and "AVX2" in finding.todo and not finding.stops


def test_a_system_that_does_not_describe_its_processor(proc: Path) -> None:
    (finding,) = machine_check.processor()
    assert finding.mark == "good" and "core" in finding.found


def test_memory_is_read_and_judged(proc: Path) -> None:
    text = "MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:   {} kB\nHugePages_Total: 0\n"
    (proc / "meminfo").write_text(text.format(8_000_000))
    (finding,) = machine_check.memory()
    assert finding.mark == "good" and finding.found == "16.4 GB, 8.2 GB of it free"
    (proc / "meminfo").write_text(text.format(100_000))
    assert machine_check.memory()[0].mark == "warning"


def test_memory_of_this_computer_is_known(proc: Path) -> None:
    if not hasattr(os, "sysconf"):
        pytest.skip("this system does not tell")
    (finding,) = machine_check.memory()  # without /proc
    assert finding.figures["total_bytes"] > 1e8


def test_folders_with_room_are_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_check, "MODELS", tmp_path)
    monkeypatch.setattr(machine_check, "recordings", lambda: tmp_path / "not there yet")
    findings = machine_check.disk()
    assert [finding.topic for finding in findings] == ["models", "recordings"]
    assert {finding.mark for finding in findings} == {"good"}
    assert all(finding.figures["free_bytes"] > 0 for finding in findings)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=20_000_000)
    monkeypatch.setattr(machine_check, "MODELS", tmp_path)
    monkeypatch.setattr(machine_check.shutil, "disk_usage", lambda _: usage)
    models, _ = machine_check.disk()
    assert models.mark == "warning" and "make room" in models.todo


@pytest.mark.parametrize("folder", ["/proc", "read-only"])
def test_a_folder_that_cannot_be_written_is_told(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if folder == "/proc" and sys.platform != "linux":
        pytest.skip("there is no /proc here")
    if folder == "read-only":
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            pytest.skip("the administrator may write anywhere")
        (tmp_path / folder).mkdir(mode=0o500)
    monkeypatch.setattr(machine_check, "MODELS", tmp_path / folder)
    models, _ = machine_check.disk()
    assert models.mark == "warning" and "cannot be written" in models.found
    assert "not fetched" in models.todo
