"""The place for a comparison: beside the chart, or below it where the window is narrow."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from epanns.status import Status
from epanns.views import cost_text
from epanns.views.options import RankingOptions, SelectionSpec
from gui.chart.chart import Chart
from gui.widgets.theme import Fonts, Palette

if TYPE_CHECKING:
    from epanns.prediction import Prediction
    from gui.comparison.comparison_panel import ComparisonPanel

NARROW = 800  # pixels of width below which the panel stands below, at a font scale of 1


class ComparisonDock:
    """Opens, places, fills and closes the panel of the network that is compared.

    Attributes:
        panel: None while there is none.
    """

    def __init__(
        self, chart: Chart, row: int, options: RankingOptions, spec: SelectionSpec, fonts: Fonts,
        compare_with: Callable[[str], None],
    ) -> None:  # fmt: skip
        """Place nothing yet.

        Args:
            chart: in a frame of two columns.
            row: of the chart in that frame.
            options: how scores become rows.
            spec: which classes to show, and how.
            fonts: of the window.
            compare_with: the engine's.
        """
        self._chart, self._row, self._fonts = chart, row, fonts
        self._ranking_options, self._spec, self._compare_with = options, spec, compare_with
        self._frame = chart.master
        self._frame.columnconfigure((0, 1), uniform="beside")
        self._wide = True
        self.panel: ComparisonPanel | None = None

    def toggle(self, status: Status, palette: Palette) -> None:
        """Open the panel, with a network that is here and another one than the first; or close it.

        As long as there are no bars yet it does nothing.
        """
        if self.panel is not None:
            self._shut()
        elif self._chart.bars is not None:
            self._open(palette)
            assert self.panel is not None
            self.panel.networks.focus_set()
            self._compare_with(cost_text.other_than(status.model.name))

    def show(self, status: Status, latest: "Prediction | None", palette: Palette) -> None:
        """Show what is new, once a frame; a comparison that is under way opens the panel.

        Args:
            status: the engine's.
            latest: the newest prediction of the second network.
            palette: of the theme.
        """
        if self.panel is None and status.comparison is not None and self._chart.bars is not None:
            self._open(palette)
        if self.panel is not None:
            self.panel.follow(self._chart.selection, self._chart.wanted)
            self.panel.show(status, latest)

    def apply_theme(self, palette: Palette) -> None:
        """Take on a theme."""
        if self.panel is not None:
            self.panel.apply_theme(palette)

    def fit(self, width: int) -> None:
        """Adapt to a window of `width` pixels."""
        wide = width >= NARROW * self._fonts.scale
        if wide != self._wide:
            self._wide = wide
            self._place()

    def _open(self, palette: Palette) -> None:
        """It is imported only now."""
        from gui.comparison.comparison_panel import ComparisonPanel

        focused = self._frame.focus_get()
        self.panel = ComparisonPanel(
            self._frame,
            self._ranking_options,
            self._spec,
            palette,
            self._fonts,
            self._compare_with,
            self._shut,
        )
        self._place()
        if focused is not None:  # matplotlib's canvas takes the keyboard as soon as it is seen
            focused.focus_force()

    def _shut(self) -> None:
        assert self.panel is not None
        self._compare_with("")
        self.panel.destroy()
        self.panel = None
        self._place()

    def _place(self) -> None:
        """Give the chart and the panel their cells."""
        both = self.panel is not None
        beside = both and self._wide
        self._frame.columnconfigure(1, weight=int(beside))
        self._frame.rowconfigure(self._row + 1, weight=int(both and not beside))
        self._chart.grid(columnspan=1 if beside else 2)
        if self.panel is None:
            return
        column, row, columns = (1, self._row, 1) if beside else (0, self._row + 1, 2)
        gap = self._fonts.pixels if beside else 0
        self.panel.grid(
            row=row, column=column, columnspan=columns, sticky="nsew", padx=(gap, 0), pady=4
        )
