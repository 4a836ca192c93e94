"""The comparison: another network's bars of the same sound, and what both networks cost."""

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import TYPE_CHECKING

from epanns.status import Status
from epanns.views import cost_text
from epanns.views.class_selection import ClassSelection
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.ranking import RankedClass, Ranking
from epanns.zoo import catalogue
from gui.chart.bars import Bars
from gui.chart.bars_or_line import BarsOrLine
from gui.widgets.changes import change, show_if
from gui.widgets.comboboxes import ignore_wheel
from gui.widgets.theme import Fonts, Palette, style_list
from gui.widgets.tooltips import Tooltip

if TYPE_CHECKING:
    from epanns.prediction import Prediction
    from gui.widgets.text_fitting import BarLayout

LOOKS_PER_FIGURES = 15  # the table changes twice a second


class ComparisonPanel(ttk.Frame):
    """A list of networks, a table of costs, and the bars of the network that was chosen.

    Attributes:
        networks: the list.
        close: the button that ends it.
        bars: of the second network.
        place_of_bars: where they stand, or a line.
    """

    def __init__(
        self,
        master: tk.Misc,
        options: RankingOptions,
        spec: SelectionSpec,
        palette: Palette,
        fonts: Fonts,
        choose: Callable[[str], None],
        close: Callable[[], None],
    ) -> None:
        """Build it.

        Args:
            master: the parent.
            options: how scores become rows.
            spec: which classes to show, and how.
            palette: of the theme.
            fonts: those of the window.
            choose: called with the name of a network that is chosen.
            close: called when the comparison is to end.
        """
        super().__init__(master)
        self._fonts = fonts
        self._ranking = Ranking(options, spec)
        self._seen: Prediction | None = None
        self._rows: Sequence[RankedClass] | None = None  # none as long as it waits
        self._looks = 0
        self._wanted = options.top_k
        self._build_head(choose, close)
        self._build_table()
        self._note = ttk.Label(self, style="Small.TLabel")
        self._remark = ttk.Label(self, style="Remark.TLabel")
        self.place_of_bars = BarsOrLine(self)
        self.bars = Bars(self.place_of_bars, palette, fonts.scale, options.top_k, self._laid_out)
        self.place_of_bars.put(self.bars)
        parts = (self._head, self._table, self._note, self._remark, self.place_of_bars)
        for row, part in enumerate(parts):
            part.grid(row=row, column=0, sticky="nsew", pady=2)
        self.rowconfigure(4, weight=1)
        self.columnconfigure(0, weight=1)
        self.bind("<Configure>", lambda event: self._wrap(event.width))
        self._tips = (
            Tooltip(self.networks, "Which other network hears the same sound", fonts),
            Tooltip(self.close, "Let the other network go (Ctrl+2)", fonts),
            Tooltip(self._table, "How large both networks are, and what an update costs", fonts),
        )
        self.apply_theme(palette)

    def _build_head(self, choose: Callable[[str], None], close: Callable[[], None]) -> None:
        self._head = ttk.Frame(self)
        ttk.Label(self._head, text="Second opinion").pack(side="left")
        self.networks = ttk.Combobox(
            self._head, state="readonly", font=self._fonts.body, postcommand=self._list
        )
        self.networks.bind("<<ComboboxSelected>>", lambda _: self._chosen(choose))
        ignore_wheel(self.networks)
        self.networks.pack(side="left", padx=self._fonts.pixels // 2)
        self.close = ttk.Button(self._head, text="Close", width=6, command=close)
        self.close.pack(side="right")

    def _build_table(self) -> None:
        self._table = ttk.Frame(self)
        self._cells = [
            [ttk.Label(self._table, style="Small.TLabel") for _ in cost_text.HEADINGS]
            for _ in range(3)
        ]
        for row, cells in enumerate(self._cells):
            for column, cell in enumerate(cells):
                cell.grid(row=row, column=column, sticky="w", padx=(0, self._fonts.pixels))

    def follow(self, selection: ClassSelection, wanted: int) -> None:
        """Show these classes, in this way, `wanted` of them if there is room.

        A network of other classes keeps its own selection.
        """
        if selection.vocabulary == self._ranking.selection.vocabulary:
            self._ranking.selection = selection
        if wanted != self._wanted:
            self._wanted = wanted
            self.bars.want(wanted)

    def show(self, status: Status, latest: "Prediction | None") -> None:
        """Show the states of the engine, and the second network's newest prediction; each frame."""
        if self._looks % LOOKS_PER_FIGURES == 0:
            self._show_costs(status)
        self._looks += 1
        waiting = cost_text.waiting(status)
        if waiting or latest is None:
            self._ranking.clear()
            self._rows, self._seen = None, latest
        elif latest is not self._seen:
            self._rows, self._seen = self._ranking.update(latest), latest
        if self._rows is None:
            self.place_of_bars.say(waiting or cost_text.LISTENING)
        else:
            self.place_of_bars.show(self._rows, self._ranking.selection.threshold)

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme."""
        style_list(self.networks, palette, self._fonts)
        for part in (self.bars, *self._tips):
            part.apply_theme(palette)

    def destroy(self) -> None:
        """Also of what stands elsewhere, and not before a drawing that is due."""
        for tip in self._tips:
            tip.destroy()
        self.update_idletasks()
        super().destroy()

    def _chosen(self, choose: Callable[[str], None]) -> None:
        choose(catalogue.names()[self.networks.current()])
        self.networks.selection_clear()

    def _list(self) -> None:
        self.networks.configure(values=[cost_text.entry(name) for name in catalogue.names()])

    def _show_costs(self, status: Status) -> None:
        rows = (cost_text.HEADINGS, *cost_text.costs(status))
        for cells, row in zip(self._cells, rows, strict=False):
            for cell, text in zip(cells, row, strict=True):
                change(cell, text=text)
        change(self._note, text=cost_text.note(status))
        remark = cost_text.remark(status.comparison)
        change(self._remark, text=remark)
        show_if(bool(remark), self._remark, self._remark.grid)
        if status.comparison is not None:
            self.networks.set(cost_text.name(status.comparison.model))

    def _laid_out(self, layout: "BarLayout") -> None:
        self._ranking.top_k = layout.rows

    def _wrap(self, width: int) -> None:
        self.networks.configure(font=self._fonts.body)  # taken in only when it is told again
        pixels = max(100, width - 2 * self._fonts.pixels)
        for label in (self._note, self._remark):
            label.configure(wraplength=pixels)
        self.place_of_bars.wrap(pixels)
