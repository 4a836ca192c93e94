"""How far a run over many recordings is: a bar on standard error, or a line now and then.

The lines are for runs whose standard error is no terminal but a file.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from epanns.console import tell

LINE_EVERY = 60.0  # seconds


class RecordingsProgress:
    """Shows how many recordings are done, at how many times real time, and how long it will take.

    What is left is estimated by the sizes of the files, as the length of a recording is known only
    once it is opened. A context manager.

    Args:
        files: the recordings of the run.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._sizes = {path: _size(path) for path in files}
        self._under_way: dict[Path, tuple[float, float]] = {}  # seconds and bytes
        self._seconds = self._bytes = 0.0  # of what is done
        self._began = self._told = time.monotonic()
        columns = (
            TextColumn("{task.fields[count]} of {task.fields[files]} recordings"), BarColumn(),
            TextColumn("{task.fields[pace]:.0f} times real time, left"),
            TimeRemainingColumn(compact=True),
        )  # fmt: skip
        console = Console(stderr=True)
        self._bar = Progress(
            *columns, console=console, disable=not console.is_terminal, transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )  # fmt: skip
        self._total = total = max(sum(self._sizes.values()), 1)
        self._count = 0
        self._task = self._bar.add_task("", total=total, files=len(files), count=0, pace=0.0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def part(self, path: Path, seconds: float, share: float) -> None:
        """Note the progress within a recording.

        Args:
            path: the recording.
            seconds: how much of it is done.
            share: the same as a share of its length, 0 to 1.
        """
        self._under_way[path] = seconds, share * self._sizes[path]
        self._show()

    def finish(self, path: Path, seconds: float) -> None:
        """Note that a recording of `seconds` is done; 0 for one that cannot be read."""
        self._under_way.pop(path, None)
        self._seconds += seconds
        self._bytes += self._sizes[path]
        self._count += 1
        self._show()

    def _show(self) -> None:
        seconds = self._seconds + sum(seconds for seconds, _ in self._under_way.values())
        size = self._bytes + sum(size for _, size in self._under_way.values())
        now = time.monotonic()
        taken = max(now - self._began, 0.1)
        pace = seconds / taken
        self._bar.update(self._task, completed=size, count=self._count, pace=pace)
        if self._bar.disable and now - self._told > LINE_EVERY:
            self._told = now
            left = (self._total / size - 1) * taken / 60 if size else 0.0
            tell(
                f"{self._count} of {len(self._sizes)} recordings, {pace:.0f} times real time,"
                f" some {left:.0f} min left."
            )


def _size(path: Path) -> int:
    """In bytes; 0 for what is not there."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0
