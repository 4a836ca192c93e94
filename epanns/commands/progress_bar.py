"""The progress bars of the commands, on standard error; nothing where that is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


def counting_bar() -> "Progress":
    """A bar with a count and the time left; a context manager, see rich.progress.Progress."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


@contextmanager
def share_bar(what: str, then: str = "") -> Iterator[Callable[[float], None]]:
    """A bar with a percentage and the time left.

    Args:
        what: is being done.
        then: what is done once all of that is.

    Yields:
        A function to report the share that is done, 0 to 1.
    """
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
        task = bar.add_task(what, total=1.0)

        def report(share: float) -> None:
            now = f"{what}: {then}" if then and share >= 1.0 else what
            bar.update(task, completed=share, description=now)

        yield report
