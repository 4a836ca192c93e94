from dataclasses import replace

import pytest

from epanns.settings import Settings
from epanns.status import Pace, SourcePhase, SourceState
from epanns.views import status_text
from epanns.views.class_selection import ClassSelection
from epanns.vocabulary.audioset import AUDIOSET
from tests.support.fake_engine import LIVE, READY, RECORDING, STATES

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("state", "headline", "tone"),
    [
        ("live", "Listening", "good"),
        ("stopped", "Stopped", "muted"),
        ("starting", "Opening the microphone …", "muted"),
        ("silent", "Silent: is it muted?", "warning"),
        ("lost", "Microphone lost: trying again …", "bad"),
        ("ended", "The end", "muted"),
        ("failed", "No sound", "bad"),
        ("stand-in", "No microphone: playing the sample", "warning"),
        ("model-failed", "The model failed", "bad"),
    ],
)
def test_headline_names_the_state(state: str, headline: str, tone: status_text.Tone) -> None:
    assert status_text.headline(STATES[state], SETTINGS) == status_text.StatusLine(headline, tone)


def test_headline_of_a_file_speaks_of_playing() -> None:
    settings = Settings(source="sample")
    assert status_text.headline(LIVE, settings).text == "Playing"
    assert "microphone" not in status_text.headline(STATES["lost"], settings).text.lower()


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_words_for_every_place(state: str) -> None:
    status = STATES[state]
    assert status_text.headline(status, SETTINGS).text
    assert status_text.waiting(status, SETTINGS)
    assert status_text.model(status.model)
    assert status_text.pace(status.pace)
    assert status_text.lost_input(status)


def test_model_in_plain_words() -> None:
    assert status_text.model(READY) == "Model starter (Cnn14, 1.2 M values)"
    assert status_text.model(STATES["loading"].model) == "Loading the model starter …"
    assert status_text.model(STATES["fetching"].model) == "Fetching cnn14: 43\N{NO-BREAK SPACE}% …"
    assert status_text.model(STATES["fetching-beside"].model).endswith(
        ", fetching epanns: 43\N{NO-BREAK SPACE}%"
    )
    assert status_text.model(STATES["model-failed"].model) == "Model cnn14 failed"


def test_download_is_not_done_before_it_is() -> None:
    state = replace(STATES["fetching"].model, progress=1.0)
    assert status_text.per_cent_done(state) == "99\N{NO-BREAK SPACE}%"


def test_reasons_are_shown_in_full() -> None:
    for state in ("lost", "failed", "model-failed", "stand-in"):
        status = STATES[state]
        reason = status.source.reason or status.model.reason
        reason = reason or (status.microphone.reason if status.microphone else "")
        assert reason in status_text.remarks(status, SETTINGS, ())


def test_newest_notice_is_shown_unless_a_reason_says_it() -> None:
    stand_in = STATES["stand-in"]
    repeated = "No microphone is connected. Playing the bundled sample instead."
    assert status_text.remarks(stand_in, SETTINGS, (repeated,)) == ("No microphone is connected.",)
    assert status_text.remarks(LIVE, SETTINGS, ("Old.", "New.")) == ("New.",)


def test_trying_the_microphone_again_is_said() -> None:
    trying = replace(STATES["stand-in"], microphone=SourceState(SourcePhase.STARTING))
    assert status_text.remarks(trying, SETTINGS, ()) == ("Trying the microphone again …",)


def test_subset_and_softmax_are_said() -> None:
    settings = Settings(classes="domestic", activation="softmax")
    assert status_text.showing(settings) == (
        "Showing 216 of 527 classes (domestic).",
        "Softmax is on: the classes compete, for comparison only.",
    )
    assert status_text.showing(SETTINGS) == ()


def test_what_was_chosen_since_is_said_instead_of_the_settings() -> None:
    chosen = ClassSelection.of(SETTINGS).show([0, 1], False)
    assert status_text.showing(SETTINGS, chosen) == ("Showing 525 of 527 classes.",)
    assert status_text.remarks(LIVE, SETTINGS, (), chosen) == ("Showing 525 of 527 classes.",)
    assert status_text.showing(Settings(classes="home"), ClassSelection.of(SETTINGS)) == ()


def test_the_place_of_a_class_names_what_is_above_and_below_it() -> None:
    assert status_text.place(AUDIOSET.index("Dog")) == (
        "Animal > Domestic animals, pets > Dog\n"
        "Below it: Bark; Yip; Howl; Bow-wow; Growling; Whimper (dog)"
    )
    assert status_text.place(AUDIOSET.index("Children shouting")) == (
        "Human sounds > Human voice > Shout > Children shouting\n"
        "Human sounds > Human group actions > Children shouting"
    )
    instruments = status_text.place(AUDIOSET.index("Musical instrument"))
    assert instruments.endswith("Wind instrument, woodwind instrument; 10 more")


def test_a_subset_is_named_and_counted() -> None:
    assert status_text.subset("all", 527) == "All sounds: 527 of 527"
    assert status_text.subset("speech and people", 72) == "Speech and people: 72 of 527"
    assert status_text.subset("", 3) == "Your own: 3 of 527"
    assert (status_text.found(0), status_text.found(26)) == ("nothing found", "26 found")


def test_watched_classes_are_named_when_they_are_heard() -> None:
    assert status_text.watched(()) == ""
    assert status_text.watched(("Dog", "Smoke detector, smoke alarm")) == (
        "Heard: Dog; Smoke detector, smoke alarm"
    )


def test_lost_input_is_counted_by_kind() -> None:
    assert status_text.lost_input(LIVE) == "No input lost"
    assert status_text.lost_input(STATES["lost"]) == (
        "Lost: 3 overflows, 1 gap, 12 invalid samples, 1,204 segments skipped"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (7.9, "0:07"), (754.0, "12:34"), (3723.0, "1:02:03")]
)
def test_elapsed_time(seconds: float, text: str) -> None:
    assert status_text.elapsed(seconds) == text


def test_a_recording_says_how_long_it_is_how_large_and_where() -> None:
    blank = "\N{NO-BREAK SPACE}"
    assert status_text.recording(RECORDING) == f"● Recording 1:23, 6.1{blank}MB"
    assert status_text.amount(7200.0, 1_234_567_890) == f"2:00:00, 1.23{blank}GB"
    assert status_text.recording(None) == ""
    said = status_text.remarks(STATES["disk-full"], SETTINGS, ())
    assert said == ("The disk is nearly full.", f"Recording to {RECORDING.path}.")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(20.0, "less than a minute"), (61.0, "1 minute or so"), (290.0, "4 minutes or so")],
)
def test_a_disk_that_gets_full_is_announced(seconds: float, text: str) -> None:
    assert status_text.room(seconds).endswith(f" {text}.")


def test_a_gap_in_a_session_is_not_called_a_lost_microphone() -> None:
    settings = Settings(source="sample")
    assert status_text.waiting(STATES["lost"], settings) == "No sound was recorded here."
    assert status_text.waiting(STATES["lost"], SETTINGS) == "The sound is gone. Trying again …"


def test_pace_keeps_its_width() -> None:
    slow = Pace(9.4, 0.009)
    fast = Pace(10.0, 0.123)
    assert len(status_text.pace(slow)) == len(status_text.pace(fast))
    assert status_text.pace(fast) == "10.0 updates/s, 123 ms each"
    assert status_text.pace(Pace()) == "no updates"


@pytest.mark.parametrize(("threshold", "text"), [(0.05, "5"), (0.07, "7"), (0.055, "5.5")])
def test_nothing_heard_names_the_threshold(threshold: float, text: str) -> None:
    assert status_text.nothing_heard(None) == "nothing above its threshold"
    assert status_text.nothing_heard(threshold) == f"nothing above {text}\N{NO-BREAK SPACE}%"


def test_rows_that_do_not_fit_are_said() -> None:
    assert status_text.fits(20, 100) == "20 of 100 fit"
    assert status_text.fits(8, 8) == ""


def test_microphone_field_names_what_is_heard() -> None:
    assert status_text.listening_to(SETTINGS) == "Default microphone"
    assert status_text.listening_to(Settings(microphone="3")) == "Microphone 3"
    assert status_text.listening_to(Settings(microphone="USB")) == "USB"
    assert status_text.listening_to(Settings(source="sample")) == "sample"
