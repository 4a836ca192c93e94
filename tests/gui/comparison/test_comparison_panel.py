"""The panel of the comparison: which network, what both cost, and the second one's bars."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from epanns.status import ComparisonState, ModelPhase, ModelState
from epanns.views.class_selection import ClassSelection
from epanns.views.options import SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import WORDS, scores, scores_of
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]
DOG = AUDIOSET.index("Dog")


@pytest.fixture
def window(open_window: Open) -> Iterator[LiveWindow]:
    window = open_window(smoothing=0)
    window.engine.make_scores = lambda _: scores(Dog=0.8, Bark=0.4)
    window.engine.compare_with("cnn14")
    window.wait(lambda: window.window._comparison.panel is not None, "the panel")
    window.wait(lambda: len(panel_of(window).bars._rows) > 1, "its rows")
    window.wait(lambda: not panel_of(window).place_of_bars.line, "its bars")
    yield window


def panel_of(window: LiveWindow) -> Any:
    return window.window._comparison.panel


def texts(window: LiveWindow) -> list[list[str]]:
    return [[str(cell.cget("text")) for cell in row] for row in panel_of(window)._cells]


def test_both_networks_hear_the_same_and_say_their_own(window: LiveWindow, tmp_path: Path) -> None:
    rows = panel_of(window).bars._rows
    assert [(row.index, round(row.score, 2)) for row in rows[:2]] == [
        (DOG, 0.4), (AUDIOSET.index("Bark"), 0.2),
    ]  # fmt: skip
    assert round(window.bars._rows[0].score, 2) == 0.8
    picture = imread(window.photograph(tmp_path / "both.png"))[..., :3]
    colour = PALETTES["dark"].of_class(DOG, AUDIOSET)
    animal = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    left, right = np.array_split(np.abs(picture - animal).max(axis=2) < 0.02, 2, axis=1)
    assert left.sum() > right.sum() > 200, "both have bars, the second shorter ones"


def test_the_table_tells_size_and_cost_of_both(window: LiveWindow) -> None:
    window.wait(lambda: texts(window)[1][1], "the figures")
    heading, first, second = texts(window)
    assert heading[1:] == ["Size", "File", "An update", "Energy"]
    assert first[:2] == ["starter", "1.2 M learnt"] and first[3] == "12.3\xa0ms"
    assert second[:4] == ["cnn14", "80.8 M learnt", "327\xa0MB", "92.1\xa0ms"]
    assert "not measured" in panel_of(window)._note.cget("text")


def test_the_choice_of_classes_and_the_number_of_rows_count_here_too(window: LiveWindow) -> None:
    chart, panel = window.window._chart, panel_of(window)
    chart.select(ClassSelection.of(SelectionSpec(classes="Dog")))
    window.wait(lambda: panel._rows and {DOG} == {row.index for row in panel._rows[:1]}, "the dog")
    assert all(row.index in chart.selection.shown for row in panel._rows)
    chart.select(ClassSelection.of(SelectionSpec()))
    chart.want(3)
    window.wait(lambda: len(panel.bars._places) == 3, "three rows")


def test_a_first_network_of_other_classes_leaves_this_one_its_own(window: LiveWindow) -> None:
    panel, engine = panel_of(window), window.engine
    assert engine.comparison is not None
    before = engine.latest
    engine.comparison.latest = lambda first: before  # type: ignore[method-assign]
    engine.network = WORDS
    engine.make_scores = lambda _: scores_of(WORDS.vocabulary, {"Yes": 0.8})
    window.wait(lambda: [row.name for row in window.bars._rows[:1]] == ["Yes"], "the other classes")
    window.settle()
    window.wait(
        lambda: [row.name for row in panel.bars._rows[:2]] == ["Dog", "Bark"], "its own classes"
    )


def test_why_there_are_no_bars_is_said_in_their_place(window: LiveWindow) -> None:
    panel, engine = panel_of(window), window.engine
    ready = engine.current.comparison
    for comparison, text in (
        (ComparisonState(ModelState(ModelPhase.LOADING, "cnn14")), "Loading cnn14"),
        (ComparisonState(ModelState(ModelPhase.FETCHING, "cnn14", "", "cnn14", 0.4)), "40\xa0%"),
        (replace(ready, scores=False) if ready else None, "A recording shows"),
        (
            ComparisonState(ModelState(ModelPhase.FAILED, "cnn14", "It is cut off.")),
            "does not work",
        ),
    ):
        engine.current = replace(engine.current, comparison=comparison)
        window.wait(lambda: text in panel.place_of_bars.line, text)  # noqa: B023
    window.wait(panel._remark.winfo_ismapped, "the reason")
    assert panel._remark.cget("text") == "It is cut off."
    engine.current = replace(engine.current, comparison=ready)
    window.wait(lambda: not panel.place_of_bars.line, "the bars")
    engine.make_scores = lambda _: scores()
    window.wait(lambda: "nothing above" in panel.place_of_bars.line, "that nothing is heard")


def test_it_wears_the_theme(window: LiveWindow) -> None:
    window.click(window.controls._theme)
    panel = panel_of(window)
    assert str(panel.bars.widget.cget("background")) == PALETTES["light"].background
    popdown = panel.networks.tk.call("ttk::combobox::PopdownWindow", panel.networks)
    assert str(panel.networks.tk.call(f"{popdown}.f.l", "cget", "-background")) == (
        PALETTES["light"].surface
    )


def test_the_wheel_over_the_list_chooses_nothing(window: LiveWindow) -> None:
    networks = panel_of(window).networks
    window.click(networks, right_edge=5)
    window.key("Escape")  # now it has its entries
    calls = list(window.engine.calls)
    x, y = networks.winfo_rootx() + 20, networks.winfo_rooty() + 8
    for wheel in (4, 5):
        window.click_at(x, y, button=wheel)
    assert window.engine.calls == calls
