"""The window: layout, and the loop that asks the engine and shows what is new.

One thread: everything here runs on Tk's. Nothing waits: the engine's calls return at once.
"""

import math
import time
import tkinter as tk
from tkinter import ttk
from typing import TYPE_CHECKING

from epanns.settings import Settings
from epanns.status import Status
from epanns.views import status_text
from epanns.views.options import RankingOptions, SelectionSpec
from gui.chart.chart import Chart
from gui.comparison.comparison_dock import ComparisonDock
from gui.main_window.controls import Actions, Controls
from gui.main_window.engine_placeholder import EnginePlaceholder
from gui.main_window.header import Header
from gui.main_window.level_meter import LevelMeter
from gui.main_window.messages import NOTICE_SECONDS, Messages
from gui.main_window.screenshot import ScreenshotTaker
from gui.main_window.status_bar import StatusBar
from gui.main_window.watch_alert import WatchAlert
from gui.widgets.root_window import FaultReporter, end
from gui.widgets.theme import PALETTES, Fonts, Palette, apply_theme, next_theme

if TYPE_CHECKING:
    from epanns.live.contract import TaggerEngine
    from gui.classes.class_dialog import ClassDialog
    from gui.widgets.tooltips import Tooltip

TITLE = "Live sound tagger"
FRAME = 1 / 30  # seconds from one look at the engine to the next
LOOKS_PER_FIGURES = 15  # the numbers of the last row change twice a second
FAULT_SECONDS = 30.0
SMALLEST = (480, 360)
OPENING = (1100, 720)


class Window:
    """Everything in the root window; the engine comes when that has been painted."""

    def __init__(self, root: tk.Tk, settings: Settings) -> None:
        self._root, self._settings = root, settings
        self._engine: TaggerEngine = EnginePlaceholder(settings.source != "microphone")
        self._theme: str = settings.theme
        self._fonts = Fonts(root, settings.font_scale)
        self._fonts.fit(*OPENING)
        self._tips: list[Tooltip] = []
        self._class_dialog: ClassDialog | None = None
        self.closed = False
        self._looks = 0
        self._due = 0.0  # when the next look is, as time.monotonic() tells it
        apply_theme(root, self._palette, self._fonts)
        self._build()
        self._faults = FaultReporter(root, self._show_fault)
        self._bind()
        self._apply_theme()
        self._show(self._engine.status())

    def start(self, engine: "TaggerEngine") -> None:
        """Start an engine and the loop; for when the window has been painted."""
        self._engine = engine
        engine.start()
        if self._settings.second:
            engine.compare_with(self._settings.second)
        if self._settings.source != "microphone":
            engine.look_for_microphones()
        self._explain()
        self._look()

    def close(self) -> None:
        """End the main loop; nothing that is still to come may touch what is gone."""
        self.closed = True
        end(self._root)

    def _show_fault(self, sentence: str) -> None:
        self._messages.hint(sentence, FAULT_SECONDS)
        self._messages.show_at_once(sentence)  # it may be the loop that fails

    # -- layout --------------------------------------------------------------

    def _build(self) -> None:
        root = self._root
        root.title(TITLE)
        root.minsize(*SMALLEST)
        root.geometry(f"{OPENING[0]}x{OPENING[1]}")
        self._frame = ttk.Frame(root, padding=self._padding)
        self._frame.pack(fill="both", expand=True)
        self._frame.columnconfigure(0, weight=1)
        self._frame.rowconfigure(3, weight=1)
        self._header = Header(self._frame, self._fonts)
        self._meter = LevelMeter(self._frame, self._palette, self._fonts)
        self._messages = Messages(self._frame, self._fonts, lambda: self._engine.retry_microphone())
        options, spec = RankingOptions.of(self._settings), SelectionSpec.of(self._settings)
        self._chart = Chart(self._frame, options, spec, self._palette, self._fonts)
        self._controls = self._make_controls()
        self._status_bar = StatusBar(self._frame, self._fonts)
        above, below = (
            (self._header, self._meter, self._messages),
            (self._controls, self._status_bar),
        )
        for row, part in enumerate((*above, self._chart, None, *below)):
            if part is not None:
                part.grid(row=row, column=0, columnspan=2, sticky="nsew", pady=4)
        self._comparison = ComparisonDock(
            self._chart, len(above), options, spec, self._fonts,
            lambda model: self._engine.compare_with(model),
        )  # fmt: skip
        self._watch_alert = WatchAlert(root, self._palette, self._fonts)

    def _explain(self) -> None:
        """Tooltips; the first paint does without them."""
        from gui.widgets.tooltips import Tooltip

        meanings = (
            *self._controls.meanings,
            (self._meter, "Level of the sound in dB below full scale; the line is the peak"),
            (self._messages.retry, "Look for the microphone now"),
            *self._status_bar.meanings,
        )
        self._tips = [Tooltip(widget, meaning, self._fonts) for widget, meaning in meanings]
        for tip in self._tips:
            tip.apply_theme(self._palette)

    def _make_controls(self) -> Controls:
        actions = Actions(
            toggle=self._toggle,
            record=self._record,
            want=self._chart.want,
            choose_classes=self._choose_classes,
            choose_microphone=self._choose_microphone,
            microphones=lambda: [microphone.name for microphone in self._engine.microphones],
            look_for_microphones=self._look_for_microphones,
            switch_theme=self._switch_theme,
            switch_full_screen=self._switch_full_screen,
            hint=self._messages.hint,
        )
        listening_to = status_text.listening_to(self._settings.source, self._settings.microphone)
        controls = Controls(self._frame, self._settings.top_k, listening_to, self._fonts, actions)
        screenshots = ScreenshotTaker(
            self._root, lambda said: self._messages.hint(said, NOTICE_SECONDS)
        )
        controls.more.add("Save a picture", screenshots.take, "Ctrl+S")
        keep = lambda: self._engine.keep_last_minute()  # noqa: E731
        controls.more.add("Keep the last minute", keep, "Ctrl+E")
        toggle = lambda: self._comparison.toggle(self._engine.status(), self._palette)  # noqa: E731
        controls.more.add("Second opinion", toggle, "Ctrl+2")
        return controls

    def _bind(self) -> None:
        root = self._root
        root.protocol("WM_DELETE_WINDOW", self.close)
        if root.tk.call("tk", "windowingsystem") == "aqua":
            root.createcommand("::tk::mac::Quit", self.close)
        for key in ("<Control-q>", "<Control-Q>"):
            root.bind(key, lambda _: self.close())
        for key in ("<Control-l>", "<Control-L>"):
            root.bind(key, lambda _: self._choose_classes())
        root.bind("<F11>", lambda _: self._switch_full_screen())
        root.bind("<Escape>", lambda _: self._escape())
        root.bind("<Configure>", self._resized)
        if self._settings.full_screen:
            root.attributes("-fullscreen", True)

    def _resized(self, event: tk.Event) -> None:
        if event.widget is not self._root:
            return
        if self._fonts.fit(event.width, event.height):
            apply_theme(self._root, self._palette, self._fonts)
            self._meter.arrange()
            self._frame.configure(padding=self._padding)
            if self._class_dialog is not None:
                self._class_dialog.apply_theme(self._palette)
        self._controls.fit(event.width)
        self._messages.fit(event.width)
        self._comparison.fit(event.width)
        self._status_bar.fit(event.width)

    @property
    def _padding(self) -> tuple[int, int]:
        return round(1.2 * self._fonts.pixels), self._fonts.pixels // 2

    # -- what the controls do ------------------------------------------------

    def _toggle(self) -> None:
        if status_text.goes_on(self._engine.status()):
            self._engine.stop()
        else:
            self._engine.start()
        self._show(self._engine.status())

    def _record(self) -> None:
        """Begin or end a recording."""
        engine = self._engine
        if engine.status().recording is None:
            engine.record()
        else:
            engine.stop_recording()

    def _choose_classes(self) -> None:
        """Open the choice of classes; it is imported only now."""
        if self._class_dialog is None:
            from gui.classes.class_dialog import ClassDialog

            chart = self._chart
            self._class_dialog = ClassDialog(
                self._root, chart.selection, self._settings.language, self._fonts, chart.select
            )
        self._class_dialog.open(self._palette)

    def _end_outdated_dialog(self) -> None:
        """End the choice of classes once another network has come, with other classes."""
        dialog, selection = self._class_dialog, self._chart.selection
        if dialog is not None and dialog.selection.vocabulary != selection.vocabulary:
            if dialog.winfo_viewable():
                dialog.close()
            dialog.destroy()
            self._class_dialog = None

    def _choose_microphone(self, name: str) -> None:
        """Listen to a microphone from now on, also when a file was played so far."""
        self._engine.choose_microphone(name)

    def _look_for_microphones(self) -> None:
        self._engine.look_for_microphones()
        self._messages.hint("Looking for microphones: open the list again in a moment.")

    def _switch_theme(self) -> None:
        self._theme = self._other_theme
        self._apply_theme()

    def _escape(self) -> None:
        """Go back one step: to what is heard now, else out of full screen."""
        if not self._chart.go_live():
            self._root.attributes("-fullscreen", False)

    def _switch_full_screen(self) -> None:
        self._root.attributes("-fullscreen", not self._root.attributes("-fullscreen"))

    def _apply_theme(self) -> None:
        palette = self._palette
        apply_theme(self._root, palette, self._fonts)
        self._meter.apply_theme(palette)
        self._chart.apply_theme(palette)
        self._comparison.apply_theme(palette)
        self._controls.apply_theme(palette, self._other_theme)
        self._watch_alert.apply_theme(palette)
        if self._class_dialog is not None:
            self._class_dialog.apply_theme(palette)
        for tip in self._tips:
            tip.apply_theme(palette)

    @property
    def _palette(self) -> Palette:
        return PALETTES[self._theme]

    @property
    def _other_theme(self) -> str:
        return next_theme(self._theme)

    # -- what is shown -------------------------------------------------------

    def _look(self) -> None:
        """Show what is new, thirty times a second."""
        try:
            self._show(self._engine.status())
        finally:
            now = time.monotonic()
            self._due = max(self._due + FRAME, now)  # what is late is not made up for
            self._root.after(max(1, round(1000 * (self._due - now))), self._look)

    def _show(self, status: Status) -> None:
        self._header.show(status, self._palette)
        chart = self._chart
        softmax = self._settings.activation == "softmax"
        showing = status_text.showing(chart.selection, softmax)
        self._messages.show(status, self._engine.notices, showing, chart.remark)
        self._watch_alert.show(chart.fired)
        if self._looks % LOOKS_PER_FIGURES == 0:
            self._status_bar.show(status, status_text.fits(self._chart.shown, self._chart.wanted))
        self._looks += 1
        if status.hears:
            self._meter.show(status.level_dbfs, status.peak_dbfs)
        else:
            self._meter.show(math.nan, math.nan)
        self._controls.show_running(status_text.goes_on(status))
        recording = status.recording is not None
        self._controls.show_recording(recording, recording or status.hears)
        self._controls.show_full_screen(bool(self._root.attributes("-fullscreen")))
        self._chart.show(status, self._engine.latest, self._engine.ring)
        self._comparison.show(status, self._engine.comparison_latest, self._palette)
        self._end_outdated_dialog()
