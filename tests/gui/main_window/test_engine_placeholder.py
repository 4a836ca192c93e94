"""The window from its first paint to the first bars."""

import gc
import time
import tkinter as tk
from collections.abc import Iterator
from typing import Any, cast

import pytest

from epanns.live.contract import TaggerEngine
from epanns.settings import Settings
from epanns.status import NO_ENGINE
from gui.main_window.engine_placeholder import EnginePlaceholder
from gui.main_window.window import OPENING, Window
from tests.support.fake_engine import STATES, FakeEngine
from tests.support.testbench.virtual_display import VirtualDisplay

pytestmark = pytest.mark.display


@pytest.fixture
def window(display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A window without an engine, not painted yet."""
    gc.collect()  # closed windows end here and not on the thread that imports, which Tcl forbids
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    window = cast(Any, Window(tk.Tk(), Settings()))
    yield window
    assert not window._faults.said
    window.close()


def run(window: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        window._root.update()
        time.sleep(0.005)


def test_before_there_is_an_engine_it_says_that_it_starts(window: Any) -> None:
    window._root.update()
    assert window._header.headline.cget("text") == "Opening the microphone …"
    assert window._chart._upper.line == "Loading the model …"
    assert window._controls._start.cget("text") == "Stop"
    assert window._messages.winfo_manager() == ""


def test_of_a_file_it_says_that_the_sound_is_opened(
    display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display.env["DISPLAY"])
    window = cast(Any, Window(tk.Tk(), Settings(source="sample")))
    window._root.update()
    assert window._header.headline.cget("text") == "Opening the sound …"
    window.close()


def test_it_does_nothing_of_what_an_engine_is_asked_for() -> None:
    placeholder: TaggerEngine = EnginePlaceholder()
    before = placeholder.status()
    for ask in (
        placeholder.start, placeholder.stop, placeholder.record, placeholder.stop_recording,
        placeholder.keep_last_minute, placeholder.retry_microphone,
        placeholder.look_for_microphones, placeholder.close,
    ):  # fmt: skip
        ask()
    placeholder.compare_with("cnn14")
    placeholder.choose_microphone("3")
    assert placeholder.status() == before == NO_ENGINE
    assert (placeholder.latest, placeholder.comparison_latest, placeholder.ring) == (None,) * 3
    assert placeholder.notices == placeholder.microphones == () and not placeholder.done


def test_what_is_clicked_before_there_is_an_engine_does_no_harm(window: Any) -> None:
    window._root.update()
    controls = window._controls
    for button in (controls._start, window._messages.retry, controls._theme):
        button.invoke()
    controls._list()
    for choice in controls._microphone.cget("values"):
        controls._microphone.set(choice)
        controls._choose(None)
    engine = FakeEngine(Settings())
    window.start(engine)
    run(window, 0.2)
    assert engine.calls == ["start"]


def test_writing_and_margins_are_made_for_the_size_it_opens_with(window: Any) -> None:
    pixels = window._fonts.pixels
    margins = [str(each) for each in window._frame.cget("padding")]
    window._root.update()
    assert (window._root.winfo_width(), window._root.winfo_height()) == OPENING
    assert window._fonts.pixels == pixels
    assert [str(each) for each in window._frame.cget("padding")] == margins
    assert margins == [str(round(1.2 * pixels)), str(pixels // 2)]


def test_the_bars_are_imported_when_the_network_is_ready(window: Any) -> None:
    engine = FakeEngine(Settings(), STATES["loading"])
    window.start(engine)
    run(window, 0.3)
    assert not window._chart._loading
    engine.current = STATES["live"]
    while not window._chart._loading:
        run(window, 0.05)
    while window._chart._upper.line:
        run(window, 0.05)
    assert window._chart._rows
