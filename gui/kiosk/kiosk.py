"""The kiosk: one large screen for visitors, without anything to set or to click.

Drawn on a single canvas; what it says is a KioskScreen of epanns/views/kiosk/screen.py. It ends
when Esc is held for two seconds, or by a signal; Ctrl+Q, Alt+F4 and the mouse do nothing.
"""

import math
import random
import time
import tkinter as tk
from tkinter import font as tkfont
from typing import TYPE_CHECKING

from epanns.settings import Settings
from epanns.views.kiosk.screen import WAKING, KioskScreen
from epanns.views.options import RankingOptions, SelectionSpec
from gui.kiosk.confetti import Confetti
from gui.kiosk.headline import Headline
from gui.kiosk.hold_to_exit import HoldProgress, HoldToExit
from gui.kiosk.kiosk_bars import KioskBars
from gui.kiosk.legend import Legend
from gui.kiosk.level_history import LevelHistory
from gui.widgets.root_window import FaultReporter, end
from gui.widgets.theme import PALETTES

if TYPE_CHECKING:
    from epanns.live.contract import ObservedEngine
    from epanns.status import Status
    from epanns.views.kiosk.controller import KioskController

TITLE = "Live sound tagger, open day"
FRAME = 0.04  # seconds from one look at the engine to the next
HOLD = 2.0  # seconds that Esc must be held
MARGIN = 0.05  # of the width


class Kiosk:
    """Everything in the root window; the engine comes when that has been painted."""

    def __init__(self, root: tk.Tk, settings: Settings) -> None:
        self._root, self._settings = root, settings
        self._palette = PALETTES[settings.theme]
        self._engine: ObservedEngine | None = None
        self._controller: KioskController | None = None
        self._screen = WAKING
        self.closed = False
        self._build()
        self._faults = FaultReporter(root)
        self._bind()
        self._headline.show(WAKING)

    def start(self, engine: "ObservedEngine") -> None:
        """Start an engine and the loop; for when the window has been painted."""
        from epanns.views.kiosk.controller import KioskController
        from epanns.views.kiosk.game import read_challenges

        self._engine = engine
        engine.start()
        options, spec = RankingOptions.of(self._settings), SelectionSpec.of(self._settings)
        self._controller = KioskController(options, spec, read_challenges(), random.Random())
        self._look()

    def close(self) -> None:
        """End the main loop."""
        self.closed = True
        end(self._root)

    def _build(self) -> None:
        root, palette = self._root, self._palette
        root.title(TITLE)
        root.configure(background=palette.background, cursor="none")
        # The size is for a screen without a window manager, which knows no full screen.
        root.geometry(f"{root.winfo_screenwidth()}x{root.winfo_screenheight()}+0+0")
        root.attributes("-fullscreen", True)
        root.focus_force()  # visitors do not click here to give it the keyboard
        self._canvas = tk.Canvas(
            root, highlightthickness=0, borderwidth=0, background=palette.background
        )
        self._canvas.pack(fill="both", expand=True)
        family = str(tkfont.nametofont("TkDefaultFont", root=root).actual("family"))
        self._won_font = tkfont.Font(root, family=family, weight="bold")
        self._won = self._canvas.create_text(
            0, 0, anchor="ne", font=self._won_font, fill=palette.warning
        )
        self._headline = Headline(self._canvas, palette, family)
        self._level_history = LevelHistory(self._canvas, palette.faint)
        self._bars = KioskBars(self._canvas, palette, family, self._settings.top_k)
        self._legend = Legend(self._canvas, palette, family)
        self._confetti = Confetti(self._canvas, palette)
        self._hold_progress = HoldProgress(
            self._canvas, palette, family, "Keep Esc pressed to leave"
        )

    def _bind(self) -> None:
        root = self._root
        root.protocol("WM_DELETE_WINDOW", lambda: None)
        if root.tk.call("tk", "windowingsystem") == "aqua":
            root.createcommand("::tk::mac::Quit", lambda: None)
        self._hold = HoldToExit(root, "Escape", HOLD, self._hold_progress.show, self.close)
        self._canvas.bind("<Configure>", self._arrange)

    def _arrange(self, event: tk.Event) -> None:
        """Place everything for the size of the screen."""
        width, height = event.width, event.height
        left, right = MARGIN * width, (1 - MARGIN) * width
        self._won_font.configure(size=-max(10, round(0.05 * height)))
        self._canvas.coords(self._won, right, 0.03 * height)
        self._headline.arrange()
        self._level_history.arrange(left, 0.62 * height, right, 0.70 * height)
        self._bars.arrange(left, 0.715 * height, right, 0.98 * height)
        self._legend.arrange(left, 0.74 * height, right, 0.95 * height)

    def _look(self) -> None:
        """Show what is new, twenty-five times a second, also after an error."""
        started = time.monotonic()
        try:
            if self._engine is not None and self._controller is not None:
                status, latest = self._engine.status(), self._engine.latest
                self._show(self._controller.look(status, latest), status, started)
        finally:
            spent = time.monotonic() - started
            self._root.after(max(1, round(1000 * (FRAME - spent))), self._look)

    def _show(self, screen: KioskScreen, status: "Status", now: float) -> None:
        if screen.celebrates and not self._screen.celebrates:
            self._confetti.throw(now)
        self._confetti.step(now)
        self._headline.show(screen)
        self._bars.show(screen.rows)
        self._legend.show(not screen.rows and bool(screen.vocabulary.families))
        if screen.won != self._screen.won:
            stars = f"★ {screen.won}" if screen.won else ""
            self._canvas.itemconfigure(self._won, text=stars)
        palette = self._palette
        colour = palette.faint
        if screen.rows:
            top = screen.rows[0]
            colour = palette.of_class(top.index, top.vocabulary)
        level = status.level_dbfs if status.hears else math.nan
        self._level_history.show(level, colour)
        self._screen = screen
