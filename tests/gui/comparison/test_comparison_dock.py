"""The place of the comparison: opened, placed and closed, by mouse and by keyboard."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from epanns.zoo import catalogue
from gui.comparison.comparison_dock import ComparisonDock
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import LIVE, STATES
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]
BEST = catalogue.best_first()[0]  # what is offered where all are here


@pytest.fixture(autouse=True)
def all_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epanns.zoo.catalogue.is_here", lambda name: True)


def opened(window: LiveWindow) -> bool:
    return window.window._comparison.panel is not None


def test_the_menu_and_its_key_open_it_with_another_network_and_close_it(open_window: Open) -> None:
    window = open_window()
    more = window.controls.more
    window.click(more)
    window.wait(more._menu.winfo_ismapped, "the menu")
    window.key("Down", "Down", "Down", "Return")
    window.wait(lambda: opened(window), "the panel")
    assert window.engine.calls == ["start", f"compare with {BEST!r}"]
    panel = window.window._comparison.panel
    window.wait(lambda: panel.networks.get() == BEST, "the name of the network")
    window.key("ctrl+2")
    assert not opened(window)
    window.key("ctrl+2")
    window.click(window.window._comparison.panel.close)
    assert not opened(window)
    nothing, best = "compare with ''", f"compare with {BEST!r}"
    assert window.engine.calls[2:] == [nothing, best, nothing]


def test_by_keyboard_alone(open_window: Open) -> None:
    window = open_window()
    window.key("ctrl+2")
    window.wait(lambda: opened(window), "the panel")
    panel = window.window._comparison.panel
    assert window.root.focus_get() is panel.networks
    window.key("Down")
    window.settle()
    window.key("Down", "Return")  # the one below in the list
    names = catalogue.names()
    below = names[names.index(BEST) + 1]
    assert window.engine.calls[-1] == f"compare with {below!r}"
    window.key("Tab", "space")
    assert not opened(window)
    assert window.engine.calls[-1] == "compare with ''"
    assert "stop" not in window.engine.calls, "the space bar belongs to the button"


def test_a_network_that_the_settings_ask_for_opens_it(open_window: Open) -> None:
    window = open_window()
    window.engine.compare_with("cnn14")
    window.wait(lambda: opened(window), "the panel")
    assert window.engine.calls == ["start", "compare with 'cnn14'"], "it is not asked for again"


def test_it_stands_beside_the_chart_and_below_it_where_that_is_narrow(open_window: Open) -> None:
    window = open_window()
    window.key("ctrl+2")
    window.wait(lambda: opened(window), "the panel")
    panel, chart = window.window._comparison.panel, window.window._chart
    for width, height, beside in ((1280, 800, True), (640, 480, False), (1000, 700, True)):
        window.resize(width, height)
        assert panel.winfo_width() == pytest.approx(
            chart.winfo_width() if not beside else width / 2, abs=40
        )
        assert (panel.winfo_rooty() == chart.winfo_rooty()) == beside
        assert (panel.winfo_rootx() == chart.winfo_rootx()) != beside
        right = window.root.winfo_rootx() + width
        assert panel.close.winfo_rootx() + panel.close.winfo_width() <= right
        assert panel.bars._places, "there is room for a bar"
    whole = chart.winfo_width()
    window.key("ctrl+2")
    assert chart.winfo_width() > 1.8 * whole, "the chart has its place back"


@pytest.mark.parametrize("state", ["starting", "stopped", "lost", "model-failed"])
def test_it_may_be_opened_in_every_state(open_window: Open, state: str) -> None:
    window = open_window()
    window.engine.current = STATES[state]
    window.key("ctrl+2")
    assert opened(window)
    window.engine.current = replace(LIVE, comparison=window.engine.current.comparison)
    panel = window.window._comparison.panel
    window.wait(lambda: not panel.place_of_bars.line, "the bars of the second network")
    window.window.close()


def test_while_the_program_starts_there_is_nothing_to_open(open_window: Open) -> None:
    window = open_window()
    chart = SimpleNamespace(bars=None, master=window.window._frame)
    dock = ComparisonDock(chart, 3, *[None] * 4)  # type: ignore[arg-type]
    dock.toggle(LIVE, PALETTES["dark"])
    assert dock.panel is None


def test_opened_by_the_settings_it_leaves_the_keyboard_where_it_was(open_window: Open) -> None:
    window = open_window()
    window.controls._top_k.focus_set()
    window.engine.compare_with("cnn14")
    window.wait(lambda: opened(window), "the panel")
    assert window.root.focus_get() is window.controls._top_k


def test_nothing_of_it_is_left_however_fast_it_is_closed(open_window: Open) -> None:
    window = open_window()
    before = set(window.root.winfo_children())
    for _ in range(5):
        window.root.event_generate("<Control-Key-2>")
    window.root.event_generate("<Control-Key-2>")
    window.settle()
    assert not opened(window)
    assert set(window.root.winfo_children()) == before, "its tooltips"
