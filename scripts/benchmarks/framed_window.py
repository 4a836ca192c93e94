"""demo_tag.py, with a line on standard output for every frame that its window has drawn.

    python -m benchmarks.framed_window [flags of demo_tag.py]

The line is a Frame in JSON. Started and read by frames.py.
"""

import json
import sys
import time
from typing import Any, cast

import demo_tag
import gui.main_window.window
from epanns.status import Status


class FramedWindow(gui.main_window.window.Window):
    """The window; nothing of what it does is changed."""

    def _show(self, status: Status) -> None:
        super()._show(status)
        self._root.after_idle(self._tell)  # after the drawing, which is done when Tk is idle

    def _tell(self) -> None:
        self._root.winfo_pointerx()  # the screen answers once it has drawn what came before
        frame = (time.monotonic(), time.thread_time(), self._lengths())
        print(json.dumps(frame), flush=True)

    def _lengths(self) -> dict[int, float]:
        """The bars on the screen: each class's share of the whole scale."""
        chart = cast(Any, self._chart)
        if chart.bars is None or chart._upper.line:
            return {}
        return {
            place._index: place._drawn[0] / (place._layout.bar_right - place._layout.bar_left)
            for place in chart.bars._places
            if place._index >= 0
        }


if __name__ == "__main__":
    cast(Any, gui.main_window.window).Window = FramedWindow
    sys.exit(demo_tag.main(sys.argv[1:]))
