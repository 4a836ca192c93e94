"""The processor of this computer."""

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


def cpuinfo() -> str:
    """What Linux tells of the processor; "" on other systems."""
    return CPUINFO.read_text(errors="replace") if CPUINFO.exists() else ""


def processor_name(info: str) -> str:
    """The name of the processor.

    Args:
        info: what cpuinfo() gives.
    """
    for line in info.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.processor() or platform.machine()
