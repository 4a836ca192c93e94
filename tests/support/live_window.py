"""A window on a virtual display, in this process, that a test looks into, clicks and types on."""

import tkinter as tk
from typing import Any, cast

from epanns.settings import Settings
from epanns.status import Status
from gui.chart.chart import FRAMES_PER_STEP
from gui.main_window.window import Window
from tests.support.fake_engine import HOP, FakeEngine, lively
from tests.support.live_root import LiveRoot
from tests.support.testbench.virtual_display import VirtualDisplay

STEADY = lively(0.0)  # drawing what moves takes time that a test seldom needs


class LiveWindow(LiveRoot):
    """The real window around a fake engine whose scores a test moves."""

    def __init__(self, display: VirtualDisplay, settings: Settings, root: tk.Tk) -> None:
        super().__init__(display, root)
        self.engine = FakeEngine(settings, make_scores=lambda _: STEADY)
        self.window = cast(Any, Window(root, settings))
        self._clicks = 0
        root.bind_all("<ButtonRelease>", self._count_click, add=True)
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
        self.click_at(x, widget.winfo_rooty() + widget.winfo_height() // 2)

    def click_at(self, x: int, y: int, button: int = 1, count: int = 1) -> None:
        """Click at screen coordinates; the window manager passes clicks on when it has time."""
        before = self._clicks
        self.display.click(x, y, button, count)
        self.wait(lambda: self.closed or self._clicks >= before + count, "the click")
        self.settle()

    def key(self, *keys: str) -> None:
        self.display.key(*keys)
        self.settle()

    def settle(self) -> None:
        """Let it take in all that it was sent, and look at its engine twice."""
        self.root.winfo_pointerx()  # X answers after it has sent all that happened before
        self.root.update()
        if not self.closed:
            looks = self.window._looks
            self.wait(lambda: self.closed or self.window._looks >= looks + 2, "two looks")

    def bring_about(self, status: Status) -> None:
        """Have the engine be in a state, when the figures are due that change twice a second."""
        self.engine.current = status
        self.window._looks = 0
        self.settle()

    def pass_time(self, seconds: float) -> None:
        """Let the sound's clock go on, with the looks at each hop that real time would bring."""
        for _ in range(round(seconds / HOP)):
            self.engine.ahead += HOP
            for _ in range(FRAMES_PER_STEP):
                self.window._show(self.engine.status())
            self.root.update()

    def _count_click(self, _event: "tk.Event[tk.Misc]") -> None:
        self._clicks += 1
