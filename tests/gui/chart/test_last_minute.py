"""The last minute in the real window: it scrolls, holds a moment, and goes on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from epanns.views import status_text
from epanns.vocabulary.audioset import AUDIOSET
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import STATES, WORDS, FakeEngine, new_ring, scores, scores_of
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]


@pytest.fixture
def window(open_window: Open) -> LiveWindow:
    """A window in which a siren was heard for 2.5 s, then a dog for 0.7 s."""
    window = open_window(smoothing=0)
    window.resize(1280, 800)
    for name, seconds in (("Siren", 2.5), ("Dog", 0.7)):
        window.engine.make_scores = lambda _, name=name: scores(**{name: 1.0})  # type: ignore[misc]
        window.wait(lambda name=name: names(window) == [name], name)  # type: ignore[misc]
        window.pass_time(seconds)
    return window


def names(window: LiveWindow) -> list[str]:
    """The classes that have bars above the threshold."""
    rows = [row for row in window.bars._rows if row.score > 0.05]
    return [] if window.line else [row.name for row in rows]


def click_at(window: LiveWindow, seconds_ago: float) -> None:
    history = window.window._chart.last_minute
    frame = history._frame
    x = frame.left + frame.width - round(seconds_ago / 60 * frame.width)
    widget = history.widget
    window.click_at(widget.winfo_rootx() + x, widget.winfo_rooty() + 10)


def test_a_click_holds_a_moment_and_another_goes_on(window: LiveWindow) -> None:
    click_at(window, 2.5)
    assert names(window) == ["Siren"]
    held = window.window._chart.last_minute.held
    assert (
        window.remark.startswith("Held: what was heard 2.") and status_text.held(2.4)[:4] == "Held"
    )
    window.pass_time(0.5)
    assert names(window) == ["Siren"] and window.window._chart.last_minute.held is held
    click_at(window, 2.5)
    assert names(window) == ["Dog"] and "Held" not in window.remark


def test_escape_goes_on_and_only_then_leaves_full_screen(window: LiveWindow) -> None:
    window.key("F11")
    window.wait(lambda: window.root.winfo_width() == window.display.width, "full screen")
    window.settle()
    click_at(window, 2.9)
    assert window.window._chart.last_minute.held
    window.key("Escape")
    assert names(window) == ["Dog"] and window.root.attributes("-fullscreen")
    window.key("Escape")
    window.wait(lambda: not window.root.attributes("-fullscreen"), "a window again")


def test_the_keyboard_reaches_every_moment(window: LiveWindow) -> None:
    history = window.window._chart.last_minute
    history.widget.focus_set()
    window.key("Left")
    assert history.held and names(window) == ["Dog"]
    newest = history.held
    window.key("Left", "Left")
    assert history.held.end < newest.end
    window.key("Home")
    assert history.held is history._moments[0].prediction
    for _ in range(3):
        window.key("Right")
    assert history.held is history._moments[3].prediction
    window.key("End")
    assert history.held is None and names(window) == ["Dog"]
    window.key("Return")
    assert history.held is not None
    window.key("Return")
    assert history.held is None


def test_it_is_reached_by_tab_and_shows_the_focus(window: LiveWindow) -> None:
    history = window.window._chart.last_minute
    window.root.focus_set()
    seen = []
    for _ in range(12):
        window.key("Tab")
        seen.append(window.root.focus_get())
    assert history.widget in seen
    assert str(history.widget.cget("highlightcolor")) == PALETTES["dark"].accent


def test_it_stays_when_listening_stops_and_goes_when_another_source_begins(
    window: LiveWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = window.window._chart.last_minute
    window.engine.current = STATES["stopped"]
    window.settle()
    before = history._history.moments()
    click_at(window, history_age(window) + 0.3)
    assert history.held is not None and not window.line
    monkeypatch.setattr(FakeEngine, "latest", None)
    window.engine.sound = new_ring()
    window.engine.current = STATES["live"]
    window.wait(lambda: not history._history.moments(), "a new minute")
    assert before and history.held is None


def history_age(window: LiveWindow) -> float:
    """Seconds from the newest moment to the right edge."""
    history = window.window._chart.last_minute
    return float(history._now - history._moments[-1].prediction.end) / 32000


def test_the_timeline_has_the_colours_of_the_bars(window: LiveWindow, tmp_path: Path) -> None:
    photograph = imread(window.photograph(tmp_path / "window.png"))[..., :3]
    siren = to_rgb(PALETTES["dark"].of_class(AUDIOSET.index("Siren"), AUDIOSET))
    yellow = np.abs(photograph - siren).max(axis=-1) < 1 / 255
    assert names(window) == ["Dog"] and yellow.any(), "it is a bar no more, but in the timeline"


def test_only_the_most_specific_sound_has_a_row_on_demand(open_window: Open) -> None:
    window = open_window()
    window.resize(1280, 800)
    chart = window.window._chart
    window.engine.make_scores = lambda _: scores(Animal=0.9, Dog=0.8, Bark=0.7, Speech=0.6)

    def rows(*wanted: str) -> set[str]:
        found = {AUDIOSET.names[index] for index in chart.last_minute._slots}
        return found.intersection(wanted)

    window.settle()
    window.engine.sound = new_ring()  # without what was heard before
    chain = ("Animal", "Dog", "Bark")
    window.wait(lambda: len(rows(*chain)) == 3, "the whole chain")
    chart.select(replace(chart.selection, most_specific=True))
    window.wait(lambda: rows(*chain) == {"Bark"}, "only the bark")


def speak(window: LiveWindow) -> None:
    """Another network comes, whose first class is heard as AudioSet's was."""
    window.engine.network = WORDS
    window.engine.make_scores = lambda _: scores_of(WORDS.vocabulary, {"Yes": 1.0})


def test_a_network_of_other_classes_begins_a_timeline_of_its_own(open_window: Open) -> None:
    window = open_window(smoothing=0)
    window.resize(1280, 800)
    last_minute = window.window._chart.last_minute

    def written() -> list[str]:
        return [name.get_text() for name in last_minute._names if name.get_text()]

    window.engine.make_scores = lambda _: scores(Speech=1.0)
    window.wait(lambda: names(window) == ["Speech"], "speech")
    window.engine.sound = new_ring()  # a minute in which nothing else was heard
    window.wait(lambda: written() == ["Speech"], "the name of what is heard")
    speak(window)
    window.wait(lambda: written() == ["Yes"], "the name of the other class")
    vocabularies = {each.prediction.network.vocabulary for each in last_minute._moments}
    assert vocabularies == {WORDS.vocabulary}


def test_a_held_moment_goes_when_a_network_of_other_classes_comes(window: LiveWindow) -> None:
    last_minute = window.window._chart.last_minute
    last_minute.widget.focus_set()
    window.key("Left")
    assert last_minute.held
    speak(window)
    window.wait(lambda: last_minute.held is None, "what is heard now")
    window.wait(lambda: names(window) == ["Yes"], "the other bars")
    window.key("Left", "Left")
    assert last_minute.held.network is WORDS


def test_the_spectrogram_stays_when_the_window_changes_while_a_moment_is_held(
    window: LiveWindow,
) -> None:
    last_minute = window.window._chart.last_minute
    click_at(window, 2.5)
    before = last_minute._waterfall._levels.any(axis=1).sum() / last_minute._frame.width
    assert before > 0
    for change in (lambda: window.click(window.controls._theme), lambda: window.resize(1000, 700)):
        change()
        window.settle()
        window.pass_time(1.5)
        assert last_minute.held is not None
        after = last_minute._waterfall._levels.any(axis=1).sum() / last_minute._frame.width
        assert after == pytest.approx(before, abs=0.02)


def test_small_windows_are_for_the_bars_alone(window: LiveWindow) -> None:
    history = window.window._chart.last_minute
    assert history.widget.winfo_ismapped()
    window.resize(640, 480)
    assert not history.widget.winfo_ismapped()
    window.resize(1280, 800)
    assert history.widget.winfo_ismapped()
