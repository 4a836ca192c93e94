"""What the figures were measured on."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

# What makes networks fast on a processor: its name in words, and as Linux spells it.
EXTENSIONS = {
    "AVX2": {"avx2"},
    "AVX-512": {"avx512f"},
    "VNNI": {"avx512_vnni", "avx_vnni"},
    "bf16": {"avx512_bf16", "amx_bf16", "bf16"},
}
PACKAGES = ("numpy", "onnxruntime", "torch", "torchlibrosa")
BUSY = 0.3  # load average above which other programs disturb


def describe() -> dict[str, Any]:
    """Processor, memory, system, versions and load; a warning where other programs disturb."""
    load_average = round(os.getloadavg()[0], 2)
    return {
        "processor": _processor(),
        "extensions": {name: bool(spelt & _flags()) for name, spelt in EXTENSIONS.items()},
        "cores": cores(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": _system(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "load_average": load_average,
        "warning": _warning(load_average),
    }


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    for line in _cpuinfo():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return platform.processor() or platform.machine()


def _flags() -> set[str]:
    for line in _cpuinfo():
        if line.startswith(("flags", "Features")):
            return set(line.partition(":")[2].split())
    return set()


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{name}, {platform.system()} {platform.release()}, {platform.machine()}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _warning(load_average: float) -> str:
    """A sentence for a machine that is not idle, "" for one that is."""
    if load_average <= BUSY:
        return ""
    return (
        f"The machine is busy (load average {load_average}): times are too long and spread, ratios"
        " less so."
    )


def others() -> float:
    """CPU seconds so far that neither this process nor its ended children used.

    Those of other programs, and those that the host of a virtual machine kept for itself; 0 where
    the system does not tell (it is no Linux).
    """
    path = Path("/proc/stat")
    if not path.exists():
        return 0.0
    user, nice, system, _, _, *rest = map(int, path.read_text().split("\n", 1)[0].split()[1:9])
    busy = (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")
    return busy - sum(os.times()[:4])
