"""A window on a virtual display, in this process, that a test looks into, clicks and types on."""

import tkinter as tk
from typing import Any, cast

from epanns.settings import Settings
from gui.main_window.window import Window
from tests.support.fake_engine import FakeEngine
from tests.support.live_root import LiveRoot
from tests.support.testbench.virtual_display import VirtualDisplay


class LiveWindow(LiveRoot):
    """The real window around a fake engine."""

    def __init__(self, display: VirtualDisplay, settings: Settings, root: tk.Tk) -> None:
        super().__init__(display, root)
        self.engine = FakeEngine(settings)
        self.window = cast(Any, Window(root, settings))
        root.update()
        root.focus_force()
        self.window.start(self.engine)
        self.wait(lambda: self.bars is not None and self.bars._places, "the bars")

    @property
    def bars(self) -> Any:
        return self.window._chart.bars

    @property
    def controls(self) -> Any:
        return self.window._controls

    @property
    def line(self) -> str:
        """The line in place of bars; empty while there are bars."""
        return str(self.window._chart._upper.line)

    @property
    def says(self) -> str:
        return self.line

    @property
    def remark(self) -> str:
        return str(self.window._messages.text.cget("text"))

    @property
    def faults(self) -> set[str]:
        """Errors in callbacks so far; the fixture wants none in the end."""
        faults: set[str] = self.window._faults.said
        return faults

    def click(self, widget: tk.Misc, right_edge: int = 0) -> None:
        """Click into the middle of a widget, or so many pixels from its right edge."""
        x = widget.winfo_rootx() + (
            widget.winfo_width() - right_edge if right_edge else widget.winfo_width() // 2
        )
        self.display.click(x, widget.winfo_rooty() + widget.winfo_height() // 2)
        self.run(0.2)

    def key(self, *keys: str) -> None:
        self.display.key(*keys)
        self.run(0.2)
