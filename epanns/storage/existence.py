"""Whether a path exists, also where the system refuses to look.

Those of pathlib raise an OSError for a name that is too long or in a folder that cannot be entered.
Whoever opens such a path is told the reason.
"""

from __future__ import annotations

import os
from pathlib import Path


def exists(path: Path | str) -> bool:
    """Whether there is something at a path; False where that cannot be known."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path | str) -> bool:
    """Whether there is a file at a path; False where that cannot be known."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path | str) -> bool:
    """Whether there is a folder at a path; False where that cannot be known."""
    return os.path.isdir(path)  # noqa: PTH112
