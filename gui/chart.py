"""The place of the bars: which rows to show, or one line that says why there are none."""

import tkinter as tk
from concurrent.futures import Future
from threading import Thread
from tkinter import ttk
from typing import TYPE_CHECKING

from epanns import words
from epanns.labels import VOCABULARY
from epanns.settings import Settings
from epanns.status import ModelPhase, Status
from gui.theme import Palette

if TYPE_CHECKING:
    from epanns.prediction import Prediction
    from epanns.ranking import Ranking, Row
    from gui.bars import Bars


class Chart(ttk.Frame):
    """Bars of the sounds that are heard; until there are any, and when there are none, a line.

    Attributes:
        wanted: rows the user wants, at most as many as there are classes to show.
        shown: rows there is room for, of those.
    """

    def __init__(self, master: tk.Misc, settings: Settings, palette: Palette) -> None:
        super().__init__(master)
        self._settings, self._palette = settings, palette
        self._classes = len(VOCABULARY.subset(settings.classes))
        self.wanted = self.shown = min(settings.top_k, self._classes)
        self._ranking: Ranking | None = None  # made together with the bars
        self._seen: Prediction | None = None
        self._rows: tuple[Row, ...] = ()
        self._bars: Bars | None = None
        self._loading = False
        self._bars_class: Future[type[Bars]] = Future()
        self._line = ttk.Label(self, style="Message.TLabel", anchor="center", justify="center")
        self._line.place(relwidth=1, relheight=1)
        self.bind("<Configure>", lambda event: self._line.configure(wraplength=event.width - 20))

    def _load(self) -> None:
        """Import matplotlib on a thread of its own; the window answers meanwhile.

        It takes a third of a second, and much longer the first time on a machine. Begun before the
        network is ready, it would keep that from getting ready: imports take turns. Afterwards
        there is time, until there is enough sound for a first prediction.
        """
        self._loading = True
        Thread(target=self._import, name="import of the bars", daemon=True).start()

    def _import(self) -> None:
        try:
            from gui.bars import Bars
        except Exception as error:
            self._bars_class.set_exception(error)
        else:
            self._bars_class.set_result(Bars)

    def show(self, status: Status, latest: "Prediction | None") -> None:
        """Take in the engine's state and its newest prediction."""
        ready = status.model.phase is ModelPhase.READY
        if ready and not self._loading:
            self._load()
        if self._bars is None and self._bars_class.done():
            self._make_bars(self._bars_class.result())
        if self._bars is None or self._ranking is None:
            self._say(words.waiting(status, self._settings))
            return
        if latest is None or not (words.hears(status) and ready):
            self._ranking.clear()
            self._rows, self._seen = (), latest
        elif latest is not self._seen:
            self._rows, self._seen = self._ranking.update(latest), latest
        if not self._rows:
            self._say(words.waiting(status, self._settings))
        elif not self._ranking.heard:
            self._say(words.nothing_heard(self._settings.threshold))
        else:
            self._bars.show(self._rows)
            self._say("")

    def want(self, count: int) -> None:
        """Show so many rows from now on, if there is room."""
        self.wanted = min(count, self._classes)
        if self._bars is not None and self._ranking is not None:
            self._ranking.top_k = self.wanted
            self._bars.want(self.wanted)

    def dress(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        if self._bars is not None:
            self._bars.dress(palette)

    def _make_bars(self, bars: "type[Bars]") -> None:
        from epanns.ranking import Ranking

        self._ranking = Ranking(self._settings)
        self._bars = bars(self, self._palette, self._settings, self.wanted, self._laid_out)
        self._bars.widget.place(relwidth=1, relheight=1)
        tk.Misc.lower(self._bars.widget)

    def _laid_out(self, rows: int) -> None:
        """Rank no more classes than are seen, so that the best ones are."""
        self.shown = rows
        if self._ranking is not None:
            self._ranking.top_k = rows

    def _say(self, text: str) -> None:
        """One line in place of the bars, or none."""
        if text != self._line.cget("text"):
            self._line.configure(text=text)
            if text:
                self._line.place(relwidth=1, relheight=1)
            else:
                self._line.place_forget()
