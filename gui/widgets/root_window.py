"""What every window of this program does with its root: faults of callbacks, and the end."""

import tkinter as tk
import traceback
from types import TracebackType


def describe_fault(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> str:
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
