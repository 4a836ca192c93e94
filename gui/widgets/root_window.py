"""What every window of this program does with its root: faults of callbacks, and the end."""

import sys
import tkinter as tk
import traceback
from collections.abc import Callable
from types import TracebackType


class FaultReporter:
    """Replaces Tk's handler of errors in callbacks: each cause is said once, and nothing ends.

    Attributes:
        said: the sentences so far.
    """

    def __init__(self, root: tk.Tk, show: Callable[[str], None] | None = None) -> None:
        """Take over from Tk.

        Args:
            root: the window.
            show: called with a sentence for the window to show; it stands in the terminal anyway.
        """
        self._show = show
        self.said: set[str] = set()
        root.report_callback_exception = self._report

    def _report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        sentence = _describe(kind, error, trace)
        if sentence not in self.said:
            self.said.add(sentence)
            print(" ".join(sentence.split()), file=sys.stderr)
            if self._show:
                self._show(sentence)


def _describe(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """An error in a callback, as a sentence that says where it happened."""
    frame = traceback.extract_tb(trace)[-1:]
    where = f"{frame[0].filename.rpartition('/')[2]}:{frame[0].lineno}" if frame else "Tk"
    return f"Fault in the window at {where}: {kind.__name__}: {error}"


def end(root: tk.Tk) -> None:
    """End the main loop; nothing that is still to come may touch what is gone."""
    for timer in root.tk.splitlist(root.tk.call("after", "info")):
        # Not after_cancel: it deletes the command of a timer that belongs to a child, which the
        # child's own destroy() then fails on.
        root.tk.call("after", "cancel", timer)
    root.destroy()
