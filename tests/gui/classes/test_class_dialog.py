"""The dialog in which people choose classes: clicked and typed on, beside the real window."""

from collections.abc import Callable
from typing import Any

import pytest

from epanns.views import status_text
from epanns.vocabulary.audioset import AUDIOSET
from gui.classes.class_details import NOTHING
from gui.classes.class_dialog import FRAME
from gui.classes.class_list import TICKS
from gui.widgets.theme import PALETTES
from tests.support.fake_engine import WORDS, scores, scores_of
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]

DOG, BARK, ANIMAL, SPEECH = (AUDIOSET.index(n) for n in ("Dog", "Bark", "Animal", "Speech"))


def choosing(window: LiveWindow) -> Any:
    """The dialog, opened by its key and ready for typing."""
    window.key("ctrl+l")
    dialog = window.window._class_dialog
    window.wait(lambda: window.root.focus_get() is dialog._field, "the search field")
    return dialog


def rows(dialog: Any) -> list[int]:
    """The classes in the list, from the top."""
    return [int(row) for row in dialog._list.table.get_children()]


def click_cell(window: LiveWindow, dialog: Any, index: int, column: str) -> None:
    table = dialog._list.table
    table.see(str(index))
    window.settle()
    x, y, width, height = table.bbox(str(index), column)
    window.click_at(table.winfo_rootx() + x + width // 2, table.winfo_rooty() + y + height // 2)


def shown(window: LiveWindow) -> list[str]:
    return [row.name for row in window.window._chart._rows]


# -- opening and closing ------------------------------------------------------


def test_the_key_that_ends_the_program_ends_it_from_here_too(open_window: Open) -> None:
    window = open_window()
    window.key("ctrl+l")
    window.display.key("ctrl+q")
    window.wait(lambda: window.window.closed, "the end")


def test_it_opens_by_its_button_and_closes_by_escape(open_window: Open) -> None:
    window = open_window()
    window.click(window.controls.classes)
    dialog = window.window._class_dialog
    window.wait(dialog.winfo_viewable, "the dialog")
    window.wait(lambda: window.root.focus_get() is dialog._field, "the search field")
    window.key("Escape")
    window.wait(lambda: not dialog.winfo_viewable(), "no dialog")
    window.key("space")
    assert window.engine.calls == ["start", "stop"]
    assert choosing(window) is dialog  # the same, with what was typed


def test_its_keys_are_its_own_and_the_window_lives_on(open_window: Open) -> None:
    window = open_window()
    window.wait(lambda: not window.line, "bars")
    dialog = choosing(window)
    window.key("F11", "space", "Down", "space")
    assert window.engine.calls == ["start"]
    window.settle()  # it looks at its engine
    window.click(dialog._close)
    assert not dialog.winfo_viewable()


def test_a_change_redraws_the_rows_that_it_changes_and_no_others(
    open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = choosing(open_window())
    item, redrawn = dialog._list.table.item, []

    def count(row: str, **options: Any) -> None:
        redrawn.append(int(row))
        item(row, **options)

    monkeypatch.setattr(dialog._list.table, "item", count)
    dialog._text.set("dog")
    assert redrawn == []
    dialog._tick(True)  # all of them are shown already
    assert redrawn == []
    dialog._tick(False)
    assert sorted(redrawn) == sorted(rows(dialog))
    dialog._text.set("")
    assert len(redrawn) == 8


def test_a_network_of_other_classes_closes_it_and_has_one_of_its_own(open_window: Open) -> None:
    window = open_window()
    window.wait(lambda: not window.line, "bars")
    before = set(window.root.winfo_children())
    first = choosing(window)
    window.engine.network = WORDS
    window.engine.make_scores = lambda _: scores_of(WORDS.vocabulary, {"No": 0.9})
    window.wait(lambda: shown(window)[:1] == ["No"], "the other classes")
    window.wait(lambda: not first.winfo_exists(), "the end of the dialog")
    window.wait(lambda: window.root.focus_get() is window.root, "the keyboard")
    assert set(window.root.winfo_children()) == before, "its tooltips"
    dialog = choosing(window)
    assert [dialog._list.table.set(str(row), "name") for row in rows(dialog)] == [
        "Yes", "No", "Stop",
    ]  # fmt: skip
    window.key(*"no", "Down", "space")
    assert dialog._preset.get() == "Your own: 2 of 3"
    assert "Showing 2 of 3 classes." in window.remark
    window.wait(lambda: "No" not in shown(window), "no No")


# -- finding ------------------------------------------------------------------


def test_all_classes_are_listed_and_typing_finds_some(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    assert rows(dialog) == list(range(527))
    window.key(*"DOG")
    assert rows(dialog)[0] == DOG
    assert BARK in rows(dialog)
    assert dialog._count.cget("text") == f"{len(rows(dialog))} found"
    window.key(*"xx")
    assert rows(dialog) == []
    assert dialog._count.cget("text") == "nothing found"
    window.key("Down", "space", "p")  # nothing is there to be changed
    assert dialog.selection == window.window._chart.selection


def test_the_place_of_the_selected_class_is_told(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    text = dialog._place.text
    assert text.cget("text") == NOTHING
    window.key(*"dog", "Down")
    assert text.cget("text") == status_text.place(DOG, AUDIOSET)
    window.key("Down")
    assert text.cget("text") == status_text.place(rows(dialog)[1], AUDIOSET)


# -- choosing -----------------------------------------------------------------


def test_space_shows_a_class_or_not(open_window: Open) -> None:
    window = open_window()
    window.engine.make_scores = lambda _: scores(Dog=0.9, Speech=0.5)
    window.wait(lambda: shown(window)[:1] == ["Dog"], "the dog")
    dialog = choosing(window)
    window.key(*"dog", "Down", "space")
    assert dialog._list.table.set("74", "show") == TICKS[False]
    window.wait(lambda: "Dog" not in shown(window), "no dog")
    assert "Showing 526 of 527 classes." in window.remark
    window.key("space")
    window.wait(lambda: shown(window)[:1] == ["Dog"], "the dog")
    assert dialog._list.table.set("74", "show") == TICKS[True]


def test_the_other_keys_pin_watch_and_move_the_threshold(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    window.key(*"dog", "Down", "p", "w", "plus", "plus")
    assert dialog.selection.pinned == (DOG,)
    assert dialog.selection.watched == {DOG}
    assert dialog.selection.thresholds[DOG] == 0.15
    assert dialog.selection.thresholds[BARK] == 0.05
    assert dialog._place.threshold.get() == "15"
    window.key("p", "w", *["minus"] * 5)
    assert (dialog.selection.pinned, dialog.selection.watched) == ((), frozenset())
    assert dialog.selection.thresholds[DOG] == 0.0


def test_a_click_turns_a_tick(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    for column, field in (("show", "shown"), ("pin", "pinned"), ("watch", "watched")):
        before = DOG in getattr(dialog.selection, field)
        click_cell(window, dialog, DOG, column)
        assert (DOG in getattr(dialog.selection, field)) is not before
    chosen = dialog.selection
    click_cell(window, dialog, BARK, "name")  # only selects
    assert dialog.selection == chosen
    assert dialog._place.text.cget("text") == status_text.place(BARK, AUDIOSET)


def test_a_pinned_class_stays_on_top_though_nothing_is_heard(open_window: Open) -> None:
    window = open_window()
    window.engine.make_scores = lambda _: scores()
    window.wait(lambda: window.line == status_text.nothing_heard(0.05), "nothing above 5 %")
    dialog = choosing(window)
    window.key(*"dog", "Down", "p")
    window.wait(lambda: not window.line, "the pinned class")
    assert shown(window)[0] == "Dog"
    assert window.window._chart._rows[0].pinned
    assert dialog._list.table.set("74", "pin") == TICKS[True]


def test_a_threshold_is_typed_or_put_back_with_a_sentence(open_window: Open) -> None:
    window = open_window()
    window.engine.make_scores = lambda _: scores(Dog=0.3)
    window.wait(lambda: shown(window)[:1] == ["Dog"], "the dog")
    dialog = choosing(window)
    window.key(*"dog", "Down")
    field = dialog._place.threshold
    field.focus_set()
    field.selection_range(0, "end")
    window.key("4", "2", "Return")
    assert dialog.selection.thresholds[DOG] == 0.42
    window.wait(lambda: not window.window._chart._rows[0].heard, "a dog that is not heard")
    assert window.line == status_text.nothing_heard(None)
    for typed in ("101", "-1", "much", "nan", ""):
        field.delete(0, "end")
        field.insert(0, typed)
        window.key("Return")
        assert field.get() == "42"
        assert dialog._place.text.cget("text") == status_text.bad_threshold(typed)
    assert dialog.selection.thresholds[DOG] == 0.42


def test_the_arrows_of_the_threshold_by_mouse(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    field = dialog._place.threshold
    assert "disabled" in field.state()
    click_cell(window, dialog, DOG, "name")
    window.click_at(field.winfo_rootx() + field.winfo_width() - 8, field.winfo_rooty() + 8)
    assert dialog.selection.thresholds[DOG] == 0.06


def test_presets_by_mouse_and_by_keyboard(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    window.click(dialog._preset)
    window.key("Down", "Down", "Return")
    assert dialog.selection.title == AUDIOSET.presets[1] == "animals"
    assert dialog._preset.get() == "Animals: 65 of 527"
    assert "Showing 65 of 527 classes (animals)." in window.remark
    dialog._preset.focus_set()
    window.key("Down")
    window.key("Down", "Return")
    assert dialog.selection.shown == set(AUDIOSET.subset("music"))


def test_all_and_none_are_for_what_the_search_shows(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    window.click(dialog._none)
    assert dialog.selection.shown == frozenset()
    assert "Showing 0 of 527 classes." in window.remark
    assert window.window._chart.wanted == 1  # room for one row at least
    dialog._field.focus_set()
    window.key(*"dog")
    window.click(dialog._all)
    assert dialog.selection.shown == set(rows(dialog))
    assert dialog._preset.get() == f"Your own: {len(rows(dialog))} of 527"
    assert window.window._chart.wanted == len(rows(dialog)) == 8


def test_only_the_most_specific_sound_on_demand(open_window: Open) -> None:
    window = open_window(top_k=3)
    window.engine.make_scores = lambda _: scores(Animal=0.9, Dog=0.8, Bark=0.7, Speech=0.6)
    window.wait(lambda: shown(window) == ["Animal", "Dog", "Bark"], "the whole chain")
    dialog = choosing(window)
    dialog._specific.focus_set()
    window.key("space")
    window.wait(lambda: shown(window)[:2] == ["Bark", "Speech"], "only the bark")
    window.click(dialog._specific)
    window.wait(lambda: shown(window) == ["Animal", "Dog", "Bark"], "the whole chain")


def test_reset_goes_back_to_the_settings(open_window: Open) -> None:
    window = open_window(classes="animals", pin="Dog", threshold=0.2)
    first = window.window._chart.selection
    dialog = choosing(window)
    window.click(dialog._none)
    window.key("Tab", "Tab", "p", "w", "plus")
    assert dialog.selection != first
    window.click(dialog._reset)
    assert dialog.selection == window.window._chart.selection == first


# -- for everybody ------------------------------------------------------------


def test_every_control_is_reached_by_tab_in_its_order_and_has_a_tooltip(open_window: Open) -> None:
    window = open_window()
    dialog = choosing(window)
    window.key("Down")  # to the list, so that there is a threshold to set
    dialog._field.focus_set()
    reached = [dialog._field]
    for _ in range(8):
        window.key("Tab")
        reached.append(window.root.focus_get())
    assert reached == [
        dialog._field,
        dialog._all,
        dialog._none,
        dialog._preset,
        dialog._list.table,
        dialog._place.threshold,
        dialog._specific,
        dialog._reset,
        dialog._close,
    ]
    explained = {tip.widget for tip in dialog._tips}
    assert explained == set(reached) - {dialog._list.table}  # which has a line of its own


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_nothing_is_cut_off_on_a_small_screen(open_window: Open, scale: float) -> None:
    window = open_window(font_scale=scale)
    window.resize(640, 480)
    dialog = choosing(window)
    dialog.geometry(f"{640 - FRAME}x{480 - FRAME}")  # what such a screen leaves
    window.wait(lambda: dialog.winfo_height() == 480 - FRAME, "a small dialog")
    window.settle()
    right = dialog.winfo_rootx() + dialog.winfo_width()
    bottom = dialog.winfo_rooty() + dialog.winfo_height()
    for widget in (tip.widget for tip in dialog._tips):
        assert widget.winfo_height() >= widget.winfo_reqheight()
        assert widget.winfo_rootx() + widget.winfo_width() <= right
        assert widget.winfo_rooty() + widget.winfo_height() <= bottom
    assert dialog._list.table.winfo_height() > 4 * window.window._fonts.pixels
    place = dialog._place
    for index in range(527):
        place.show(dialog.selection, index)
        window.root.update_idletasks()
        assert place.text.winfo_height() >= place.text.winfo_reqheight(), index
        assert dialog._close.winfo_rooty() + dialog._close.winfo_height() <= bottom, index


def test_it_wears_the_theme_of_the_window_and_grows_with_it(open_window: Open) -> None:
    window = open_window(theme="dark")
    window.resize(640, 480)
    dialog = choosing(window)
    window.settle()
    before = dialog.winfo_width()
    window.resize(1800, 1000)
    window.wait(lambda: dialog.winfo_width() > 1.3 * before, "a larger dialog")
    for _ in PALETTES:
        window.window._switch_theme()
        assert dialog.cget("background") == window.window._palette.background
