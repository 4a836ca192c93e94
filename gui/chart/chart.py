"""The middle of the window: bars of what is heard, or a line that says why there are none.

Below them stands the last minute, where there is room.
"""

import tkinter as tk
from concurrent.futures import Future
from dataclasses import replace
from threading import Thread
from tkinter import ttk
from typing import TYPE_CHECKING, NamedTuple

from epanns.status import ModelPhase, Status
from epanns.views import status_text
from epanns.views.class_selection import ClassSelection
from epanns.views.options import SelectionSpec
from epanns.vocabulary.languages import class_names
from gui.chart.bars_or_line import BarsOrLine
from gui.widgets.theme import Fonts, Palette

if TYPE_CHECKING:
    from epanns.audio.ring_buffer import RingBuffer
    from epanns.prediction import Prediction
    from epanns.views.options import RankingOptions
    from epanns.views.ranking import RankedClass, Ranking
    from gui.chart.bars import Bars
    from gui.chart.last_minute import LastMinute
    from gui.widgets.text_fitting import BarLayout
    from gui.widgets.tooltips import Tooltip

FRAMES_PER_STEP = 3  # frames of the bars for each step of the last minute
SHARES = (3, 2)  # of the height: bars, last minute
ROOM_FOR_BOTH = 330  # pixels of height from which there is a last minute, at a font scale of 1


class ChartParts(NamedTuple):
    """What is drawn by matplotlib, and how its rows are found."""

    bars: "type[Bars]"
    last_minute: "type[LastMinute]"
    ranking: "type[Ranking]"


class Chart(ttk.Frame):
    """Bars of the sounds that are heard; until there are any, and when there are none, a line.

    Attributes:
        wanted: rows the user wants, at most as many as there are classes to show.
        shown: rows there is room for, of those.
        selection: which classes are shown, and how.
        bars, last_minute: None until matplotlib is there.
    """

    def __init__(
        self,
        master: tk.Misc,
        options: "RankingOptions",
        spec: SelectionSpec,
        palette: Palette,
        fonts: Fonts,
    ) -> None:
        """Build the line that stands in place of bars.

        Args:
            master: the parent.
            options: how scores become rows.
            spec: which classes to show, and how.
            palette: of the theme.
            fonts: of the window.
        """
        super().__init__(master)
        self._ranking_options, self._spec, self._palette, self._fonts = (
            options,
            spec,
            palette,
            fonts,
        )
        self._tips: tuple[Tooltip, ...] = ()
        self.selection = ClassSelection.of(spec)
        self._asked = options.top_k
        self.wanted = self.shown = self._most_rows
        self.bars: Bars | None = None
        self.last_minute: LastMinute | None = None
        self._ranking: Ranking | None = None
        self._seen: Prediction | None = None
        self._rows: tuple[RankedClass, ...] | None = None  # none as long as something is waited for
        self._held: tuple[RankedClass, ...] | None = None  # of the moment that is looked at
        self._frames = 0
        self._loading = False
        self._drawn: Future[ChartParts] = Future()
        self._upper = BarsOrLine(self)
        self._upper.place(relwidth=1, relheight=1)
        self.bind("<Configure>", lambda event: self._divide(event.width, event.height))

    def _load(self) -> None:
        """Import matplotlib on a thread of its own; the window answers meanwhile.

        It takes a third of a second, and much longer the first time on a machine. Begun before the
        network is ready, it would delay the network: imports take turns. Afterwards
        there is time, until there is enough sound for a first prediction.
        """
        self._loading = True
        Thread(target=self._import, name="import of the bars", daemon=True).start()

    def _import(self) -> None:
        try:
            from epanns.views.ranking import Ranking
            from gui.chart.bars import Bars
            from gui.chart.last_minute import LastMinute
        except Exception as error:
            self._drawn.set_exception(error)
        else:
            self._drawn.set_result(ChartParts(Bars, LastMinute, Ranking))

    def show(
        self, status: Status, latest: "Prediction | None", ring: "RingBuffer | None" = None
    ) -> None:
        """Take in the engine's state, its newest prediction and the sound; once a frame."""
        ready = status.model.phase is ModelPhase.READY
        if ready and not self._loading:
            self._load()
        if self.bars is None and self._drawn.done():
            self._make(self._drawn.result())
        if self.bars is None or self._ranking is None or self.last_minute is None:
            self._upper.say(status_text.waiting(status))
            return
        if latest is not None and latest.network.vocabulary != self.selection.vocabulary:
            self.select(ClassSelection.of(self._spec, latest.network.vocabulary))
        if latest is None or not (status.hears and ready):
            self._ranking.clear()
            self._rows, self._seen = None, latest
        elif latest is not self._seen:
            self._rows, self._seen = self._ranking.update(latest), latest
        if self._frames % FRAMES_PER_STEP == 0:
            self.last_minute.follow(ring, latest)
        self._frames += 1
        rows = self._rows if self._held is None else self._held
        if rows is None:
            self._upper.say(status_text.waiting(status))
        else:
            self._upper.show(rows, self.selection.threshold)

    def want(self, count: int) -> None:
        """Show `count` rows from now on, if there is room."""
        self._asked = count
        self.wanted = self._most_rows
        if self.bars is not None and self._ranking is not None:
            self._ranking.top_k = self.wanted
            self.bars.want(self.wanted)

    def select(self, selection: ClassSelection) -> None:
        """Show other classes from now on, or show them in another way."""
        self.selection = selection
        if self._ranking is not None and self.last_minute is not None:
            self._ranking.selection = selection
            self.last_minute.select(selection)
            if self.last_minute.held is not None:
                self._hold(self.last_minute.held)
        if self.wanted != self._most_rows:
            self.want(self._asked)

    @property
    def fired(self) -> tuple[str, ...]:
        """The names of the watched classes that are heard now."""
        fired = self._ranking.fired if self._ranking is not None else ()
        names = class_names(self._ranking_options.language, self.selection.vocabulary)
        return tuple(names[index] for index in fired)

    @property
    def _most_rows(self) -> int:
        return max(1, min(self._asked, len(self.selection.visible)))

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme."""
        self._palette = palette
        for part in (self.bars, self.last_minute, *self._tips):
            if part is not None:
                part.apply_theme(palette)

    def go_live(self) -> bool:
        """Let a moment go that is looked at; says whether there was one."""
        held = self._held is not None
        if self.last_minute is not None:
            self.last_minute.go_live()
        return held

    @property
    def remark(self) -> str:
        """What to say while a moment is looked at; else empty."""
        return (
            ""
            if self._held is None or not self.last_minute
            else status_text.held(self.last_minute.age)
        )

    def _make(self, drawn: ChartParts) -> None:
        focused = self.focus_get()
        self._ranking = drawn.ranking(self._ranking_options, self._spec, self.selection)
        self.last_minute = drawn.last_minute(
            self,
            self._palette,
            self._fonts.scale,
            self._ranking_options,
            self.selection,
            self._hold,
        )
        self.bars = drawn.bars(
            self._upper, self._palette, self._fonts.scale, self.wanted, self._laid_out
        )
        self._upper.put(self.bars)
        self._divide(self.winfo_width(), self.winfo_height())
        self._explain()
        (focused or self.winfo_toplevel()).focus_set()  # matplotlib's canvases take it

    def _explain(self) -> None:
        """Tooltips: over a bar, what its class and score mean."""
        from gui.widgets.tooltips import Tooltip

        assert self.bars is not None and self.last_minute is not None
        self._tips = (
            Tooltip(self.bars.widget, self._meaning, self._fonts),
            Tooltip(self.last_minute.widget, status_text.LAST_MINUTE, self._fonts),
        )
        for tip in self._tips:
            tip.apply_theme(self._palette)

    def _meaning(self) -> str:
        """What the bar below the pointer stands for; empty where there is none."""
        assert self.bars is not None
        widget = self.bars.widget
        row = self.bars.at(widget.winfo_pointery() - widget.winfo_rooty())
        if self._upper.line:
            return ""
        return status_text.meaning(row.index, row.vocabulary) if row else ""

    def _divide(self, width: int, height: int) -> None:
        """Divide the height among the bars and the last minute, if there is room for both."""
        self._upper.wrap(width - 20)
        if self.last_minute is None:
            return
        if height < ROOM_FOR_BOTH * self._fonts.scale:
            self.last_minute.widget.place_forget()
            self._upper.place(relheight=1)
            return
        upper = SHARES[0] / sum(SHARES)
        self._upper.place(relheight=upper)
        self.last_minute.widget.place(rely=upper, relwidth=1, relheight=1 - upper)

    def _hold(self, prediction: "Prediction | None") -> None:
        """Show the bars of a moment of the last minute, as the network scored it; None for now."""
        if prediction is None:
            self._held = None
            return
        unsmoothed = replace(self._ranking_options, smoothing=0.0)
        ranking = self._drawn.result().ranking(unsmoothed, self._spec, self.selection)
        ranking.top_k = self.shown
        self._held = ranking.update(prediction)

    def _laid_out(self, layout: "BarLayout") -> None:
        """Rank no more classes than are seen, so that the best ones are; align what is below."""
        self.shown = layout.rows
        if self._ranking is not None:
            self._ranking.top_k = layout.rows
        if self.last_minute is not None:
            self.last_minute.align(layout.bar_left, layout.bar_right)
