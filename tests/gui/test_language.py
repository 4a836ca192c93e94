"""Class names in another language, on the real window: whole, and at no bar's cost."""

from collections.abc import Callable

import pytest

from epanns.views.ranking import RankedClass
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.languages import class_names
from tests.support.fake_engine import STATES, scores
from tests.support.live_window import LiveWindow

pytestmark = pytest.mark.display

Open = Callable[..., LiveWindow]


def test_the_window_names_classes_in_the_users_language(open_window: Open) -> None:
    window = open_window(language="de", top_k=2)
    window.engine.make_scores = lambda _: scores(Dog=0.9, Bark=0.6)
    window.wait(lambda: not window.line, "bars")

    def named() -> list[str]:
        return [place._head.get_text() for place in window.bars._places]

    window.wait(lambda: named() == ["Hund", "Bellen"], "two names")


@pytest.mark.parametrize("language", ["de", "fr"])
def test_long_names_fit_in_a_small_window(open_window: Open, language: str) -> None:
    """All 527: none reaches a bar, none is cut before its synonyms."""
    window = open_window(language=language, top_k=10)
    window.resize(640, 480)
    window.engine.current = STATES["stopped"]
    window.wait(lambda: window.line, "a line instead of bars")
    bars, shown = window.bars, window.window._chart.shown
    cut = []
    for first in range(0, len(AUDIOSET), shown):
        names = class_names(language)[first : first + shown]
        bars.show([RankedClass(first + i, name, 0.5) for i, name in enumerate(names)])
        renderer = bars._canvas.get_renderer()
        for name, place in zip(names, bars._places, strict=False):
            for text in (place._head, place._rest):
                if text.get_text():
                    assert text.get_window_extent(renderer).x1 < place._layout.bar_left, name
            if "…" in place._head.get_text():
                cut.append(name)
    assert not cut
