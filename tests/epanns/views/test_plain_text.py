"""Lines for screen readers: one when something changes, and nothing otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from epanns.prediction import NetworkInfo, Prediction
from epanns.settings import Settings
from epanns.status import NetworkInUse, SampleInstead
from epanns.views.options import RankingOptions, SelectionSpec
from epanns.views.plain_text import LINE_EVERY, PlainTextView
from epanns.views.ranking import Ranking
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.fake_engine import LIVE, READY, STATES, scores
from tests.support.networks import STARTER

HOP = 3200  # samples


class Terminal:
    """Lines on a fake screen; hears a sound for a while, a Prediction and a look each 0.1 s."""

    def __init__(self, every: float = 0.0, **settings: object) -> None:
        self.written: list[str] = []
        made = Settings(**{"smoothing": 0.0, **settings})  # type: ignore[arg-type]
        ranking = Ranking(RankingOptions.of(made), SelectionSpec.of(made))
        softmax = made.activation == "softmax"
        self.lines = PlainTextView(ranking, made.hop, self.written.append, every, softmax)
        self.end = 32000

    def hear(self, seconds: float = 1.0, **by_name: float) -> list[str]:
        """Give the lines that are written meanwhile."""
        before = len(self.written)
        for _ in range(round(10 * seconds)):
            self.end += HOP
            heard = Prediction(self.end - 32000, self.end, scores(**by_name), -20.0, 0.01, STARTER)
            self.lines.add(heard)
            self.lines.draw(LIVE)
        return self.written[before:]

    def see(self, state: str) -> list[str]:
        before = len(self.written)
        self.lines.draw(STATES[state])
        return self.written[before:]


@pytest.fixture
def terminal() -> Terminal:
    terminal = Terminal()
    terminal.see("live")
    return terminal


def test_the_state_comes_first(terminal: Terminal) -> None:
    assert terminal.written == [
        "Listening. Model starter (Cnn14, 1.2 M values). The sound comes from: Built-in microphone."
    ]


def test_what_is_heard_is_a_line_when_it_changes(terminal: Terminal) -> None:
    assert terminal.hear(Speech=0.93, Dog=0.6) == ["Speech 93 %, Dog 60 %"]
    assert terminal.hear(Speech=0.91, Dog=0.64) == []
    assert terminal.hear(Dog=0.9, Speech=0.8) == []  # the same sounds
    assert terminal.hear(Siren=0.7) == ["Siren 70 %"]
    assert terminal.hear(Speech=0.02) == ["Nothing above 5 %."]
    assert terminal.hear(Speech=0.03) == []


def test_small_scores_beside_a_large_one_are_not_said(terminal: Terminal) -> None:
    assert terminal.hear(Speech=0.9, Music=0.4) == ["Speech 90 %"]
    assert terminal.hear(Speech=0.9, Music=0.5) == ["Speech 90 %, Music 50 %"]
    assert terminal.hear(Speech=0.9, Music=0.3) == []  # what has been said stays for a while
    assert terminal.hear(Speech=0.9, Music=0.2) == ["Speech 90 %"]


def test_what_lasts_a_moment_only_is_not_said(terminal: Terminal) -> None:
    terminal.hear(Speech=0.9)
    assert terminal.hear(0.2, Siren=0.9) == []
    assert terminal.hear(Speech=0.9) == []
    assert terminal.hear(0.5, Siren=0.9) == ["Siren 90 %"]


def test_a_long_hop_needs_no_second_prediction() -> None:
    terminal = Terminal(hop=2.0)
    terminal.see("live")
    assert terminal.hear(0.1, Dog=0.9) == ["Dog 90 %"]


def test_there_is_at_most_a_line_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("epanns.views.plain_text.time.monotonic", lambda: now[0])
    terminal = Terminal(every=LINE_EVERY)
    assert len(terminal.see("live")) == 1
    assert terminal.hear(Dog=0.9) == []
    now[0] += LINE_EVERY
    assert terminal.hear(0.1, Dog=0.9) == ["Dog 90 %"]
    assert terminal.hear(Siren=0.9) == []


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("stopped", "Stopped."),
        ("silent", "Silent: is it muted?"),
        (
            "lost",
            "Microphone lost: trying again … "
            "Built-in microphone delivers no sound; is it connected?",
        ),
        (
            "stand-in",
            "No microphone: playing the sample. The sound comes from: sample. "
            "No microphone is connected.",
        ),
        ("failed", "No sound. dog.wav holds no sound."),
        (
            "model-failed",
            "The model failed. Model cnn14 failed. "
            "cnn14.pth is cut off after 12 of 320 MB; fetch it again.",
        ),
        ("fetching", "Fetching cnn14."),
    ],
)
def test_states_and_faults_are_sentences(terminal: Terminal, state: str, line: str) -> None:
    assert terminal.see(state) == [line]
    assert terminal.see(state) == []


def test_after_a_fault_the_state_and_the_sounds_are_said_again(terminal: Terminal) -> None:
    terminal.hear(Dog=0.9)
    terminal.see("lost")
    assert terminal.see("live") == ["Listening."]
    assert terminal.see("live") == []  # nothing is scored yet
    assert terminal.hear(Dog=0.9) == ["Dog 90 %"]


def test_a_microphone_that_is_tried_again_and_again_is_said_once(terminal: Terminal) -> None:
    missing = STATES["stand-in"]
    assert missing.microphone is not None
    trying = replace(missing.microphone, phase=STATES["starting"].source.phase)
    terminal.lines.draw(missing)
    for _ in range(3):
        terminal.lines.draw(replace(missing, microphone=trying))
        terminal.lines.draw(missing)
    assert terminal.written[2:] == ["Trying the microphone again …"]


def test_what_the_engine_has_told_is_not_repeated(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.lines.tell(SampleInstead("No microphone is connected."))
    terminal.lines.tell(NetworkInUse("starter", "layers      12", 1.0, 0.1))
    assert capsys.readouterr().err.count("\n") == 1
    (line,) = terminal.see("stand-in")
    assert line.endswith("The sound comes from: sample.")


def test_a_download_is_said_once_however_far_it_is(terminal: Terminal) -> None:
    for progress in np.linspace(0.1, 0.9, 9):
        model = replace(READY, fetching="epanns", progress=progress)
        terminal.lines.draw(replace(LIVE, model=model))
    assert terminal.written[1:] == ["Fetching epanns."]


def test_names_are_in_the_users_language_and_the_subset_is_told() -> None:
    terminal = Terminal(language="fr", classes="domestic")
    assert "Showing 216 of 527 classes (domestic)." in terminal.see("live")[0]
    assert terminal.hear(Dog=0.9) == ["Chien 90 %"]


def test_that_the_classes_compete_is_told() -> None:
    terminal = Terminal(activation="softmax")
    assert "Softmax is on: the classes compete" in terminal.see("live")[0]


def test_a_network_of_other_classes_is_told_in_them(terminal: Terminal) -> None:
    network = NetworkInfo("mine", vocabulary=Vocabulary(("Drill", "Saw")))
    for hop in range(10):
        end = 32000 + HOP * hop
        sounds = np.array([0.1, 0.8], np.float32)
        terminal.lines.add(Prediction(end - 32000, end, sounds, -20.0, 0.01, network))
        terminal.lines.draw(LIVE)
    assert terminal.written[1:] == ["Saw 80 %"]
