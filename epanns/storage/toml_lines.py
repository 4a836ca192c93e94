"""In which line a file in TOML sets what, to say where a mistake is."""

import re
import tomllib
from pathlib import Path


def place_in_file(path: Path, name: str, value: object) -> str:
    """The beginning of a sentence about a value: "FILE, line 3: ".

    Args:
        path: the file.
        name: the key.
        value: its value.

    Returns:
        "" where the value is not from the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except (OSError, ValueError):
        return ""
    if name not in found or found[name] != value:
        return ""
    sets = re.compile(rf"""\s*["']?{re.escape(name)}["']?\s*=""")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if sets.match(line)]
    return f"{path}, line {lines[0]}: " if lines else f"{path}: "
