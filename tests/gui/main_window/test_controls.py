"""The window's controls in this process, on a virtual display: clicked and typed on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from epanns.views import status_text
from tests.support.fake_engine import RECORDING, STATES
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]


def test_space_starts_and_stops_once_a_press(open_window: Open) -> None:
    window = open_window()
    window.key("space")
    assert window.engine.calls == ["start", "stop"]
    assert window.controls._start.cget("text") == "Start"
    window.controls._start.focus_set()
    window.key("space")
    assert window.engine.calls == ["start", "stop", "start"]
    assert window.controls._start.cget("text") == "Stop"


def test_held_space_counts_once(open_window: Open) -> None:
    window = open_window()
    window.display._xdotool("keydown", "space")
    window.run(1.0)  # the screen repeats it after 0.7 s
    window.display._xdotool("keyup", "space")
    window.settle()
    assert window.engine.calls == ["start", "stop"]
    window.key("space")
    assert window.engine.calls[-1] == "start"


def test_space_belongs_to_other_controls_that_have_the_focus(open_window: Open) -> None:
    window = open_window()
    window.controls._theme.focus_set()
    window.key("space")
    assert window.window._theme == "light"
    window.controls._top_k.focus_set()
    window.key("space")
    assert window.controls._top_k.get() == "8"
    assert window.engine.calls == ["start"]


def test_start_button_by_mouse_leaves_space_alone(open_window: Open) -> None:
    window = open_window()
    window.click(window.controls._start)
    assert window.engine.calls == ["start", "stop"]
    window.click(window.controls._theme)
    window.key("space")
    assert window.engine.calls == ["start", "stop", "start"]
    assert window.window._theme == "light"


def test_start_and_stop_fifty_times(open_window: Open) -> None:
    window = open_window()
    for _ in range(50):
        window.display._xdotool("key", "space")
        window.run(0.01)
    window.wait(lambda: len(window.engine.calls) > 50, "all of them")
    window.settle()
    assert window.engine.calls == ["start"] + ["stop", "start"] * 25
    assert window.controls._start.cget("text") == "Stop"


def test_no_press_is_lost_while_the_window_is_busy(open_window: Open) -> None:
    window = open_window()
    for _ in range(5):
        window.display._xdotool("key", "space")  # all of them wait until the window looks again
    window.wait(lambda: len(window.engine.calls) == 6, "five changes")
    window.settle()
    assert window.engine.calls == ["start", "stop", "start", "stop", "start", "stop"]


def test_recording_begins_and_ends_with_its_button(open_window: Open) -> None:
    window = open_window()
    assert window.controls._record.cget("text") == "Record"
    window.click(window.controls._record)
    window.wait(lambda: window.controls._record.cget("text") == "End recording", "End recording")
    assert status_text.recording(RECORDING) == window.window._header.recording.cget("text")
    assert str(RECORDING.path) in window.remark
    window.key("space")  # the space bar stays with start and stop
    window.click(window.controls._record)
    window.wait(lambda: window.controls._record.cget("text") == "Record", "Record")
    assert window.window._header.recording.cget("text") == ""
    assert window.engine.calls == ["start", "record", "stop", "stop recording"]


def test_there_is_nothing_to_record_where_nothing_is_heard(open_window: Open) -> None:
    window = open_window()
    for state in ("stopped", "starting", "lost", "ended", "failed"):
        window.engine.current = STATES["live"]
        window.wait(lambda: can_record(window), "a recording is possible")
        window.engine.current = STATES[state]
        window.wait(lambda: not can_record(window), "no recording")
        window.click(window.controls._record)
        assert window.engine.calls == ["start"], state


def can_record(window: LiveWindow) -> bool:
    return str(window.controls._record.cget("state")) == "normal"


def test_a_recording_can_be_ended_while_the_microphone_is_lost(open_window: Open) -> None:
    window = open_window()
    window.engine.current = replace(STATES["lost"], recording=RECORDING)
    window.wait(lambda: window.controls._record.cget("text") == "End recording", "End recording")
    window.click(window.controls._record)
    assert window.engine.calls == ["start", "stop recording"]


def test_top_k_by_keyboard(open_window: Open) -> None:
    window = open_window()
    window.controls._top_k.focus_set()
    window.controls._top_k.selection_range(0, "end")
    window.key("3", "Return")
    assert window.window._chart.wanted == 3
    window.wait(lambda: len(window.window._chart._rows) == 3, "three rows")


def test_top_k_by_mouse_keeps_space_for_start(open_window: Open) -> None:
    window = open_window()
    spinbox = window.controls._top_k
    window.click_at(spinbox.winfo_rootx() + spinbox.winfo_width() - 8, spinbox.winfo_rooty() + 8)
    assert window.window._chart.wanted == 9
    window.key("space")
    assert window.engine.calls == ["start", "stop"]


def test_bad_top_k_is_put_back_and_explained(open_window: Open) -> None:
    window = open_window()
    for typed in ("0", "528", "9999", "-3", "eight", "", "2.5"):
        window.window._messages.hint("", 0.0)
        window.settle()
        assert window.remark == ""
        window.controls._top_k.focus_set()
        window.controls._top_k.delete(0, "end")
        window.controls._top_k.insert(0, typed)
        window.key("Return")
        assert window.controls._top_k.get() == "8", typed
        assert "a whole number from 1 to 527" in window.remark, typed
        assert window.window._chart.wanted == 8, typed


def test_microphone_is_chosen_by_name(open_window: Open) -> None:
    window = open_window()
    window.click(window.controls._microphone)
    window.key("Down", "Return")
    assert window.engine.calls == ["start", "choose 'Built-in microphone'"]
    window.click(window.controls._microphone)
    window.key("Up", "Return")
    assert window.engine.calls[-1] == "choose ''"


def test_the_mouse_wheel_does_not_change_the_microphone(open_window: Open) -> None:
    window = open_window()
    field = window.controls._microphone
    x, y = field.winfo_rootx() + 20, field.winfo_rooty() + 10
    window.click_at(x, y, button=5, count=3)
    assert window.engine.calls == ["start"]
    assert field.get() == "Default microphone"


def test_space_starts_and_stops_after_a_number_was_typed(open_window: Open) -> None:
    window = open_window()
    window.click(window.controls._top_k)
    window.key("5", "Return", "space")
    assert window.engine.calls == ["start", "stop"]


def test_after_the_end_of_a_file_the_button_starts_it_again(open_window: Open) -> None:
    window = open_window(source="sample")
    window.engine.current = STATES["ended"]
    window.wait(lambda: window.controls._start.cget("text") == "Start", "Start")
    window.key("space")
    assert window.engine.calls == ["start", "look", "start"]


def test_list_of_microphones_is_asked_when_opened(open_window: Open) -> None:
    window = open_window()
    window.engine.microphones = ()
    window.click(window.controls._microphone)
    assert window.controls._microphone.cget("values") == (
        "Default microphone",
        status_text.LOOK_AGAIN,
    )
    window.key("Escape")


def test_looking_for_microphones_again_keeps_the_chosen_one(open_window: Open) -> None:
    window = open_window()
    window.click(window.controls._microphone)
    window.key("Down", "Down", "Down", "Return")
    assert window.engine.calls == ["start", "look"]
    assert window.controls._microphone.get() == "Default microphone"
    assert "open the list again" in window.remark


def test_choosing_a_microphone_ends_the_words_for_a_file(open_window: Open) -> None:
    window = open_window(source="sample")
    assert window.window._header.headline.cget("text") == "Playing"
    assert window.controls._microphone.get() == "sample"
    window.window._choose_microphone("Built-in microphone")
    window.wait(lambda: window.window._header.headline.cget("text") == "Listening", "Listening")


def test_missing_microphone_can_be_tried_again(open_window: Open) -> None:
    window = open_window()
    window.engine.current = STATES["stand-in"]
    window.wait(lambda: window.window._messages.retry.winfo_ismapped(), "the button")
    window.click(window.window._messages.retry)
    assert window.engine.calls == ["start", "retry"]


def test_full_screen_by_key_and_button(open_window: Open) -> None:
    window = open_window()

    def full() -> bool:
        return window.root.winfo_width() == window.display.width

    window.key("F11")
    window.wait(full, "full screen")
    window.key("Escape")
    window.wait(lambda: not full(), "a window again")
    window.click(window.controls._full)
    window.wait(full, "full screen")


def test_every_control_is_reached_by_tab_and_has_a_tooltip(open_window: Open) -> None:
    window = open_window()
    window.engine.current = STATES["stand-in"]
    window.wait(lambda: window.window._messages.retry.winfo_ismapped(), "the button")
    window.root.focus_set()
    reached = set()
    for _ in range(10):
        window.key("Tab")
        reached.add(str(window.root.focus_get()))
    controls = window.controls
    wanted = {
        str(widget)
        for widget in (
            controls._start,
            controls._record,
            controls._top_k,
            controls.classes,
            controls._microphone,
            controls.more,
            controls._theme,
            controls._full,
            window.window._messages.retry,
            window.window._chart.last_minute.widget,
        )
    }
    assert wanted <= reached
    tips = {str(tip.widget) for tip in (*window.window._tips, *window.window._chart._tips)}
    assert wanted <= tips


def test_tooltip_stays_inside_the_window(open_window: Open) -> None:
    window = open_window()
    window.key("F11")
    window.wait(lambda: window.root.winfo_width() == window.display.width, "full screen")
    button = window.controls._full
    tip = next(tip for tip in window.window._tips if tip.widget is button)
    tip.delay = 0.1
    window.display.move(button.winfo_rootx() + 60, button.winfo_rooty() + 10)
    window.wait(tip.winfo_ismapped, "the tooltip")
    window.settle()
    assert tip.winfo_rootx() + tip.winfo_width() <= window.display.width
    assert tip.winfo_rooty() + tip.winfo_height() <= window.display.height
