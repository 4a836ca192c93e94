"""The window: layout, and the loop that asks the engine and shows what is new.

One thread: everything here runs on Tk's. Nothing waits: the engine's calls return at once.
"""

import math
import sys
import time
import tkinter as tk
import traceback
from tkinter import ttk
from types import TracebackType
from typing import TYPE_CHECKING

from epanns import words
from epanns.settings import Settings
from epanns.status import SourcePhase, Status
from gui.chart import Chart
from gui.controls import Actions, Controls
from gui.flow import Flow
from gui.meter import Meter
from gui.starting import Starting
from gui.theme import PALETTES, Fonts, Palette, dress, next_theme
from gui.widgets import change, show_if

if TYPE_CHECKING:
    from epanns.engine import Engine
    from gui.tips import Tip

TITLE = "Live sound tagger"
FRAME = 0.05  # seconds from one look at the engine to the next
LOOKS_PER_FIGURES = 10  # the numbers of the status line change twice a second
HINT_SECONDS = 6.0
FAULT_SECONDS = 30.0
NOTICE_SECONDS = 20.0
SMALLEST = (480, 360)
OPENING = (1100, 720)


class Window:
    """Everything in the root window; the engine comes when that has been painted."""

    def __init__(self, root: tk.Tk, settings: Settings) -> None:
        self._root, self._settings = root, settings
        self._engine: Engine | Starting = Starting()
        self._theme: str = settings.theme
        self._fonts = Fonts(root, settings.font_scale)
        self._fonts.fit(*OPENING)
        self._tips: list[Tip] = []
        self.closed = False
        self._looks = 0
        self._hint = ""
        self._hint_ends = 0.0
        self._faults: set[str] = set()
        self._notices = 0  # how many there were at the last look
        self._notice_ends = 0.0
        dress(root, self._palette, self._fonts)
        self._build()
        self._bind()
        self._dress()
        self._show(self._engine.status())

    def start(self, engine: "Engine") -> None:
        """Start an engine and the loop; for when the window has been painted."""
        self._engine = engine
        engine.start()
        if self._settings.source != "microphone":
            engine.look_for_microphones()
        self._explain()
        self._look()

    def close(self) -> None:
        """End the main loop; nothing that is still to come may touch what is gone."""
        self.closed = True
        tcl = self._root.tk
        for timer in tcl.splitlist(tcl.call("after", "info")):
            # Not after_cancel: it deletes the command of a timer that belongs to a child, which
            # the child's own end then trips over.
            tcl.call("after", "cancel", timer)
        self._root.destroy()

    def report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Replaces Tk's handler: an error in a callback is said once a cause, and ends nothing."""
        if isinstance(error, KeyboardInterrupt):
            self.close()
            return
        frame = traceback.extract_tb(trace)[-1:]
        where = f"{frame[0].filename.rpartition('/')[2]}:{frame[0].lineno}" if frame else "Tk"
        sentence = f"Fault in the window at {where}: {kind.__name__}: {error}"
        if sentence not in self._faults:
            self._faults.add(sentence)
            print(" ".join(sentence.split()), file=sys.stderr)
            self._give_hint(sentence, FAULT_SECONDS)
            self._remark.configure(text=sentence)  # at once: it may be the loop that fails
            self._remarks.grid()

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
        self._build_head()
        self._meter = Meter(self._frame, self._palette, self._fonts)
        self._build_remarks()
        self._chart = Chart(self._frame, self._settings, self._palette)
        self._controls = self._make_controls()
        self._build_figures()
        parts = (self._head, self._meter, self._remarks, self._chart, self._controls, self._figures)
        for row, part in enumerate(parts):
            part.grid(row=row, column=0, sticky="nsew", pady=4)

    def _explain(self) -> None:
        """Tooltips; the first paint does without them."""
        from gui.tips import Tip

        meanings = (
            *self._controls.meanings,
            (self._meter, "Level of the sound in dB below full scale; the line is the peak"),
            (self._retry, "Look for the microphone now"),
            (self._pace, "How often the bars are renewed, and how long the model takes each time"),
            (self._lost, "Sound that was not scored: lost by the sound system, missing,"
                " invalid, or skipped because the machine was too slow"),
        )  # fmt: skip
        self._tips = [Tip(widget, meaning, self._fonts) for widget, meaning in meanings]
        for tip in self._tips:
            tip.dress(self._palette)

    def _build_head(self) -> None:
        self._head = Flow(self._frame, self._fonts)
        state = ttk.Frame(self._head)
        self._dot = ttk.Label(state, text="●", style="Headline.TLabel")
        self._dot.pack(side="left", padx=(0, 8))
        self._headline = ttk.Label(state, style="Headline.TLabel")
        self._headline.pack(side="left")
        self._head.add(state)
        self._recording = ttk.Label(self._head)
        self._head.add(self._recording)
        self._source = ttk.Label(self._head, style="Muted.TLabel")
        self._head.add(self._source, right=True)

    def _build_remarks(self) -> None:
        self._remarks = ttk.Frame(self._frame)
        self._remark = ttk.Label(self._remarks, style="Remark.TLabel")
        self._remark.pack(side="left", fill="x", expand=True)
        self._retry = ttk.Button(
            self._remarks, text="Try again", command=lambda: self._engine.retry_microphone()
        )

    def _make_controls(self) -> Controls:
        actions = Actions(
            toggle=self._toggle,
            record=self._record,
            want=self._chart.want,
            choose_microphone=self._choose_microphone,
            microphones=lambda: [microphone.name for microphone in self._engine.microphones],
            look_for_microphones=self._look_for_microphones,
            switch_theme=self._switch_theme,
            switch_full_screen=self._switch_full_screen,
            hint=self._give_hint,
        )
        return Controls(
            self._frame, self._settings, words.listening_to(self._settings), self._fonts, actions
        )

    def _build_figures(self) -> None:
        self._figures = Flow(self._frame, self._fonts, gap=1.4)
        self._model, self._pace, self._lost, self._fits = (
            ttk.Label(self._figures, style="Small.TLabel") for _ in range(4)
        )
        self._figures.add(self._model)
        for label in (self._fits, self._pace, self._lost):
            self._figures.add(label, right=True)

    def _bind(self) -> None:
        root = self._root
        root.report_callback_exception = self.report
        root.protocol("WM_DELETE_WINDOW", self.close)
        if root.tk.call("tk", "windowingsystem") == "aqua":
            root.createcommand("::tk::mac::Quit", self.close)
        for key in ("<Control-q>", "<Control-Q>"):
            root.bind(key, lambda _: self.close())
        root.bind("<F11>", lambda _: self._switch_full_screen())
        root.bind("<Escape>", lambda _: root.attributes("-fullscreen", False))
        root.bind("<Configure>", self._resized)
        if self._settings.full_screen:
            root.attributes("-fullscreen", True)

    def _resized(self, event: tk.Event) -> None:
        if event.widget is not self._root:
            return
        if self._fonts.fit(event.width, event.height):
            dress(self._root, self._palette, self._fonts)
            self._meter.arrange()
            self._frame.configure(padding=self._padding)
        self._controls.fit(event.width)
        self._remark.configure(wraplength=max(100, event.width - 14 * self._fonts.pixels))

    @property
    def _padding(self) -> tuple[int, int]:
        return round(1.2 * self._fonts.pixels), self._fonts.pixels // 2

    # -- what the controls do ------------------------------------------------

    def _toggle(self) -> None:
        if words.goes_on(self._engine.status()):
            self._engine.stop()
        else:
            self._engine.start()
        self._show(self._engine.status())

    def _record(self) -> None:
        """Begin or end a recording."""
        engine = self._engine
        if isinstance(engine, Starting):
            return
        if engine.status().recording is None:
            engine.record()
        else:
            engine.stop_recording()

    def _choose_microphone(self, name: str) -> None:
        """Listen to a microphone from now on, also when a file was played so far."""
        self._settings = self._settings.model_copy(update={"source": "microphone"})
        self._engine.choose_microphone(name)

    def _look_for_microphones(self) -> None:
        self._engine.look_for_microphones()
        self._give_hint("Looking for microphones: open the list again in a moment.")

    def _switch_theme(self) -> None:
        self._theme = self._other_theme
        self._dress()

    def _switch_full_screen(self) -> None:
        self._root.attributes("-fullscreen", not self._root.attributes("-fullscreen"))

    def _give_hint(self, sentence: str, seconds: float = HINT_SECONDS) -> None:
        self._hint, self._hint_ends = sentence, time.monotonic() + seconds

    def _dress(self) -> None:
        palette = self._palette
        dress(self._root, palette, self._fonts)
        self._meter.dress(palette)
        self._chart.dress(palette)
        self._controls.dress(palette, self._other_theme)
        for tip in self._tips:
            tip.dress(palette)

    @property
    def _palette(self) -> Palette:
        return PALETTES[self._theme]

    @property
    def _other_theme(self) -> str:
        return next_theme(self._theme)

    # -- what is shown -------------------------------------------------------

    def _look(self) -> None:
        """Show what is new, twenty times a second."""
        started = time.monotonic()
        try:
            self._show(self._engine.status())
        finally:
            spent = time.monotonic() - started
            self._root.after(max(1, round(1000 * (FRAME - spent))), self._look)

    def _show(self, status: Status) -> None:
        self._show_head(status)
        self._show_remarks(status)
        if self._looks % LOOKS_PER_FIGURES == 0:
            self._show_figures(status)
        self._looks += 1
        if words.hears(status):
            self._meter.show(status.level_dbfs, status.peak_dbfs)
        else:
            self._meter.show(math.nan, math.nan)
        self._controls.show_running(words.goes_on(status))
        recording = status.recording is not None
        self._controls.show_recording(recording, recording or words.hears(status))
        self._controls.show_full_screen(bool(self._root.attributes("-fullscreen")))
        self._chart.show(status, self._engine.latest)

    def _show_head(self, status: Status) -> None:
        headline = words.headline(status, self._settings)
        change(self._headline, text=headline.text)
        change(self._source, text=status.source.name if status.running else "")
        change(self._dot, foreground=getattr(self._palette, headline.tone))
        change(self._recording, text=words.recording(status.recording))
        change(self._recording, foreground=self._palette.bad)

    def _show_remarks(self, status: Status) -> None:
        """Sentences on the present state, a hint or fault first; no row without any."""
        sentences = list(words.remarks(status, self._settings, self._new_notices()))
        if self._hint and time.monotonic() < self._hint_ends:
            sentences.insert(0, self._hint)
        change(self._remark, text="\n".join(sentences))
        lost = status.source.phase is SourcePhase.LOST and not words.plays(status, self._settings)
        missing = status.microphone is not None or lost
        show_if(missing, self._retry, lambda: self._retry.pack(side="right"))
        show_if(bool(sentences), self._remarks, self._remarks.grid)

    def _new_notices(self) -> tuple[str, ...]:
        """The newest notice, for a while; reasons that go on are part of the state."""
        notices = self._engine.notices
        if len(notices) != self._notices:
            self._notices = len(notices)
            self._notice_ends = time.monotonic() + NOTICE_SECONDS
        return notices[-1:] if time.monotonic() < self._notice_ends else ()

    def _show_figures(self, status: Status) -> None:
        change(self._model, text=words.model(status.model))
        change(self._pace, text=words.pace(status))
        change(self._lost, text=words.lost_input(status))
        change(self._fits, text=words.fits(self._chart.shown, self._chart.wanted))
