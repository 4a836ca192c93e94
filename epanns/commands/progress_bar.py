"""The progress bars of the commands, on standard error; nothing where that is no terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress


class ReportShare(Protocol):
    """Reports the share that is done."""

    def __call__(self, share: float, description: str = "") -> None:
        """Args: share: 0 to 1; description: another one from now on."""


def counting_bar() -> "Progress":
    """A bar with a count and the time left; a context manager, see rich.progress.Progress."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


@contextmanager
def share_bar(description: str) -> Iterator[ReportShare]:
    """A bar with a percentage and the time left, of what is described."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=1.0)

        def report(share: float, description: str = description) -> None:
            bar.update(task, completed=share, description=description)

        yield report
