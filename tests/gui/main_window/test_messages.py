"""The sentences below the head: which are shown, and for how long."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from epanns.status import DiskNearlyFull, Notice, RecordingEnded, RecordingOutcome
from epanns.views import status_text
from gui.main_window import messages
from gui.main_window.messages import NOTICE_SECONDS
from tests.support.fake_engine import KEPT, RECORDING, STATES
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the sentences, which a test moves."""
    now = [100.0]
    monkeypatch.setattr(messages, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_a_notice_is_put_into_words_and_goes_after_a_while(
    open_window: Open, clock: list[float]
) -> None:
    window = open_window()
    for content in (
        RecordingEnded(RecordingOutcome.SAVED, Path("a.h5"), 83.4, 6_120_000),
        KEPT,
        "Using fp32.",
    ):
        window.engine.notify(content)
        window.settle()
        assert window.remark == status_text.notice(content)
        clock[0] += NOTICE_SECONDS - 0.1
        window.settle()
        assert window.remark == status_text.notice(content)
        clock[0] += 0.2
        window.settle()
        assert window.remark == ""
        assert not window.window._messages.winfo_ismapped()


def test_what_happens_once_more_is_told_once_more(open_window: Open, clock: list[float]) -> None:
    """Also where the engine keeps no more notices than before: each has a number."""
    window = open_window()
    for number in (50, 51, 52):
        window.engine.notices = (Notice(number - 1, KEPT), Notice(number, KEPT))
        window.settle()
        assert window.remark == status_text.notice(KEPT)
        clock[0] += NOTICE_SECONDS + 0.1
        window.settle()
        assert window.remark == ""


def test_a_reason_that_goes_on_stays_and_is_not_said_twice(
    open_window: Open, clock: list[float]
) -> None:
    window = open_window()
    window.engine.current = replace(STATES["recording"], recording=replace(RECORDING, room=540.0))
    window.engine.notify(DiskNearlyFull(540.0))
    window.wait(lambda: window.remark, "the remark")
    first, second = window.remark.split("\n")
    assert first == status_text.room(540.0) and str(RECORDING.path) in second
    clock[0] += NOTICE_SECONDS + 0.1
    window.settle()
    assert window.remark == f"{first}\n{second}"


def test_a_hint_stands_before_all_others_for_a_while(open_window: Open, clock: list[float]) -> None:
    window = open_window()
    window.engine.current = STATES["disk-full"]
    window.wait(lambda: window.remark, "the remark")
    before = window.remark
    window.window._messages.hint("This way.", 0.5)
    window.settle()
    assert window.remark == f"This way.\n{before}"
    clock[0] += 0.6
    window.settle()
    assert window.remark == before
