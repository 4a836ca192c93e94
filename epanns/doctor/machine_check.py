"""Checks of the computer: processor, memory, disk."""

import os
import platform
import shutil
import tempfile
from pathlib import Path

from epanns.doctor.result import CheckResult
from epanns.errors import cause
from epanns.paths import CONVERTED, IN_CHECKOUT, MODELS, existing, recordings
from epanns.runtimes.processor import cpuinfo, processor_name

MEMINFO = Path("/proc/meminfo")
FEATURES = {  # that speed the network up, with Linux's names for them
    "AVX2": {"avx2"},
    "AVX-512": {"avx512f"},
    "VNNI": {"avx512_vnni", "avx_vnni"},
    "NEON": {"asimd", "neon"},
    "dot products": {"asimddp"},
}
LITTLE_MEMORY = 0.5e9  # bytes; the program takes up to 0.33e9, and twice that while it converts
LITTLE_DISK = 0.5e9  # bytes; E-PANNs, its converted copy and the download beside it take 0.3e9


def processor() -> list[CheckResult]:
    """The processor, its number of cores, and its instructions that speed the network up."""
    info = cpuinfo()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = features(info)
    what = f"{processor_name(info)}, {cores} {'core' if cores == 1 else 'cores'}"
    figures = {"cores": cores, "features": found}
    if not info:
        return [CheckResult("processor", "good", what, figures=figures)]
    what += f", {', '.join(found)}" if found else ", none of the instructions that help"
    if platform.machine() in ("x86_64", "AMD64") and "AVX2" not in found:
        todo = "it has no AVX2: updates take longer; raise --hop if segments are skipped"
        return [CheckResult("processor", "warning", what, todo, figures=figures)]
    return [CheckResult("processor", "good", what, figures=figures)]


def memory() -> list[CheckResult]:
    """How much memory there is, and how much of it is free."""
    total, free = _memory()
    if not total:
        return [CheckResult("memory", "muted", "not known on this system")]
    figures = {"total_bytes": total, "free_bytes": free}
    what = f"{total / 1e9:.1f} GB" + (f", {free / 1e9:.1f} GB of it free" if free else "")
    if (free or total) < LITTLE_MEMORY:
        todo = "close other programs, or use --model starter"
        return [CheckResult("memory", "warning", what, todo, figures=figures)]
    return [CheckResult("memory", "good", what, figures=figures)]


def disk() -> list[CheckResult]:
    """Whether there is room for weights and recordings, and whether they can be written."""
    rooms = [
        _room("models", MODELS, "weights are not fetched and not kept converted"),
        _room("recordings", recordings(), "record into another folder"),
    ]
    if not IN_CHECKOUT:
        rooms.append(_room("converted", CONVERTED, "networks are converted at every start"))
    return rooms


def features(info: str) -> list[str]:
    """The instructions in FEATURES that Linux lists for a processor, from /proc/cpuinfo."""
    flags: set[str] = set()
    for line in info.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            flags.update(value.split())
    return [feature for feature, names in FEATURES.items() if names & flags]


def _room(topic: str, folder: Path, otherwise: str) -> CheckResult:
    """The free space of a folder, and whether a file can be written there."""
    try:
        free = shutil.disk_usage(existing(folder)).free
        tempfile.TemporaryFile(dir=existing(folder)).close()
    except OSError as error:
        todo = f"see that it can be written; until then {otherwise}"
        return CheckResult(topic, "warning", f"{folder} cannot be written: {cause(error)}", todo)
    found, figures = f"{free / 1e9:.1f} GB free in {folder}", {"free_bytes": free}
    if free < LITTLE_DISK:
        return CheckResult(topic, "warning", found, "make room", figures=figures)
    return CheckResult(topic, "good", found, figures=figures)


def _memory() -> tuple[int, int]:
    """Total and free memory in bytes, 0 for what is not known."""
    if MEMINFO.exists():
        pairs = (line.split()[:2] for line in MEMINFO.read_text().splitlines())
        kib = {name.rstrip(":"): int(value) for name, value in pairs}
        return 1024 * kib.get("MemTotal", 0), 1024 * kib.get("MemAvailable", 0)
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), 0
    return 0, 0
