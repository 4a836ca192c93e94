"""What the window and the terminal say of each state and of each thing that happens."""

from dataclasses import replace
from pathlib import Path

import pytest

from epanns.status import (
    DiskNearlyFull,
    ListeningTo,
    NetworkFallback,
    NetworkInUse,
    NoticeContent,
    Pace,
    PrecisionFallback,
    RecordingEnded,
    RecordingOutcome,
    SampleInstead,
    SourcePhase,
    SourceState,
    UnknownClasses,
)
from epanns.views import status_text
from epanns.views.class_selection import ClassSelection
from epanns.views.options import SelectionSpec
from epanns.vocabulary.audioset import AUDIOSET
from epanns.vocabulary.vocabulary import Vocabulary
from tests.support.fake_engine import LIVE, READY, RECORDING, STATES

ALL = ClassSelection.of(SelectionSpec())
TOOLS = Vocabulary(("Drill", "Saw", "Hammer"))
PLAYING = replace(LIVE, plays_file=True)
SESSION = Path("recordings/session.h5")
BLANK = "\N{NO-BREAK SPACE}"


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
    assert status_text.headline(STATES[state]) == status_text.StatusLine(headline, tone)


def test_headline_of_a_file_speaks_of_playing() -> None:
    assert status_text.headline(PLAYING).text == "Playing"
    for state in ("lost", "starting", "silent"):
        played = replace(STATES[state], plays_file=True)
        assert "microphone" not in status_text.headline(played).text.lower()
        assert "muted" not in status_text.headline(played).text


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_words_for_every_place(state: str) -> None:
    status = STATES[state]
    assert status_text.headline(status).text
    assert status_text.waiting(status)
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
        assert reason in status_text.remarks(status)


def test_newest_notice_is_shown_unless_a_reason_says_it() -> None:
    stand_in = STATES["stand-in"]
    repeated = SampleInstead("No microphone is connected.")
    assert status_text.remarks(stand_in, repeated) == ("No microphone is connected.",)
    assert status_text.remarks(LIVE, repeated) == (status_text.notice(repeated),)
    assert status_text.remarks(LIVE, "New.") == ("New.",)


def test_a_channel_that_is_heard_alone_is_said() -> None:
    alone = replace(LIVE, source=replace(LIVE.source, alone=(5, 8)))
    assert status_text.remarks(alone) == (
        "Channel 5 of 8 is heard alone: it is more than 6 dB louder than the mean of all. The"
        " setting channel chooses.",
    )


def test_trying_the_microphone_again_is_said() -> None:
    trying = replace(STATES["stand-in"], microphone=SourceState(SourcePhase.STARTING))
    assert status_text.remarks(trying) == ("Trying the microphone again …",)


def test_subset_and_softmax_are_said() -> None:
    domestic = ClassSelection.of(SelectionSpec(classes="domestic"))
    assert status_text.showing(domestic, softmax=True) == (
        "Showing 216 of 527 classes (domestic).",
        "Softmax is on: the classes compete, for comparison only.",
    )
    assert status_text.showing(ALL) == ()


def test_a_class_that_was_asked_for_and_that_the_network_has_not_is_said() -> None:
    sentences = ("This network has no class 'home'.", "This network has no class 'Dog'.")
    asked = replace(LIVE, unknown_classes=("home", "Dog"))
    assert status_text.remarks(asked) == sentences
    assert status_text.notice(UnknownClasses(("home", "Dog"))) == " ".join(sentences)


def test_what_was_selected_since_is_said_after_the_reasons() -> None:
    showing = status_text.showing(ALL.show([0, 1], False))
    assert showing == ("Showing 525 of 527 classes.",)
    assert status_text.remarks(LIVE, more=showing) == showing
    lost = STATES["lost"]
    assert status_text.remarks(lost, more=showing) == (lost.source.reason, *showing)
    assert status_text.showing(ClassSelection.of(SelectionSpec(classes="home")).only("all")) == ()


def test_classes_are_counted_in_the_vocabulary_of_the_network() -> None:
    tools = ClassSelection.of(SelectionSpec(), TOOLS)
    assert status_text.showing(tools) == ()
    assert status_text.showing(tools.show([1], False)) == ("Showing 2 of 3 classes.",)


def test_the_place_of_a_class_names_what_is_above_and_below_it() -> None:
    assert status_text.place(AUDIOSET.index("Dog"), AUDIOSET) == (
        "Animal > Domestic animals, pets > Dog\n"
        "Below it: Bark; Yip; Howl; Bow-wow; Growling; Whimper (dog)"
    )
    assert status_text.place(AUDIOSET.index("Children shouting"), AUDIOSET) == (
        "Human sounds > Human voice > Shout > Children shouting\n"
        "Human sounds > Human group actions > Children shouting"
    )
    instruments = status_text.place(AUDIOSET.index("Musical instrument"), AUDIOSET)
    assert instruments.endswith("Wind instrument, woodwind instrument; 10 more")
    assert status_text.place(1, TOOLS) == "Saw", "there is no ontology"


def test_a_bar_is_explained_below_its_place() -> None:
    assert status_text.meaning(1, TOOLS) == f"Saw\n{status_text.SCORE}"


def test_a_subset_is_named_and_counted() -> None:
    assert status_text.subset("all", 527, 527) == "All sounds: 527 of 527"
    assert status_text.subset("speech and people", 72, 527) == "Speech and people: 72 of 527"
    assert status_text.subset("", 3, 20) == "Your own: 3 of 20"
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


def test_a_recording_says_how_long_it_is_how_large_and_where() -> None:
    assert status_text.recording(RECORDING) == f"● Recording 1:23, 6.1{BLANK}MB"
    assert status_text.recording(None) == ""
    said = status_text.remarks(STATES["recording"])
    assert said == (f"Recording to {RECORDING.path}.",)


def test_a_recording_without_much_room_says_that_first() -> None:
    full = replace(LIVE, recording=replace(RECORDING, room=50.0))
    assert status_text.remarks(full) == (
        "The disk is nearly full: the recording ends in less than a minute.",
        f"Recording to {RECORDING.path}.",
    )
    assert status_text.remarks(full, DiskNearlyFull(70.0)) == status_text.remarks(full)
    none = replace(LIVE, recording=replace(RECORDING, room=0.0))
    assert "ends in less than a minute" in status_text.remarks(none)[0]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(20.0, "less than a minute"), (61.0, "1 minute or so"), (290.0, "4 minutes or so")],
)
def test_a_disk_that_gets_full_is_announced(seconds: float, text: str) -> None:
    assert status_text.room(seconds).endswith(f" {text}.")


def test_a_gap_in_a_session_is_not_called_a_lost_microphone() -> None:
    played = replace(STATES["lost"], plays_file=True)
    assert status_text.waiting(played) == "No sound was recorded here."
    assert status_text.waiting(STATES["lost"]) == "The sound is gone. Trying again …"


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
    assert status_text.listening_to("microphone", "") == "Default microphone"
    assert status_text.listening_to("microphone", "3") == "Microphone 3"
    assert status_text.listening_to("microphone", "USB") == "USB"
    assert status_text.listening_to("sample", "") == "sample"
    assert status_text.listening_to("sounds/dog.wav", "3") == "dog.wav"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("It is broken.", "It is broken."),
        (
            RecordingEnded(RecordingOutcome.SAVED, SESSION, 83.4, 6_120_000),
            f"Recorded 1:23, 6.1{BLANK}MB to {SESSION}.",
        ),
        (
            RecordingEnded(RecordingOutcome.NOTHING_HEARD),
            "Nothing was heard, so nothing was recorded.",
        ),
        (
            RecordingEnded(RecordingOutcome.NOT_NEEDED),
            "This is a recording, so there is no need to record it.",
        ),
        (
            RecordingEnded(RecordingOutcome.DISK_FULL, SESSION, 83.4, 6_120_000),
            "The disk is full: the recording ends.",
        ),
        (
            RecordingEnded(RecordingOutcome.FAILED, SESSION, reason="No room."),
            "No room. The recording has ended; what was on disk is kept.",
        ),
        (
            RecordingEnded(RecordingOutcome.FAILED, reason="No room."),
            "No room. The recording has ended; nothing of it was kept.",
        ),
        (
            RecordingEnded(RecordingOutcome.SAVED, SESSION, 60.0, 3_100_000, last_minute=True),
            f"Kept the last 1:00, 3.1{BLANK}MB in {SESSION}.",
        ),
        (
            RecordingEnded(RecordingOutcome.NOTHING_HEARD, last_minute=True),
            "Nothing has been heard yet, so there is nothing to keep.",
        ),
        (
            RecordingEnded(RecordingOutcome.NOT_NEEDED, last_minute=True),
            "This is a recording, so all of it is kept.",
        ),
        (
            RecordingEnded(RecordingOutcome.FAILED, reason="No room.", last_minute=True),
            "The last minute was not kept: No room.",
        ),
        (
            NetworkFallback("epanns", "starter", "There is no internet."),
            "There is no internet. The starter model is in use, not E-PANNs.",
        ),
        (
            PrecisionFallback("fp32", "It has no int8 version."),
            "It has no int8 version. Using fp32.",
        ),
        (
            SampleInstead("No microphone is connected."),
            "No microphone is connected. Playing the bundled sample instead.",
        ),
        (ListeningTo("default microphone"), "Listening to the default microphone."),
        (DiskNearlyFull(290.0), "The disk is nearly full: the recording ends in 4 minutes or so."),
        (
            NetworkInUse("starter", "layers      12", 1.0, 0.1),
            "model       starter\nlayers      12\nlive        1 s of sound scored every 0.1 s",
        ),
    ],
)
def test_what_happened_is_a_sentence(content: NoticeContent, sentence: str) -> None:
    assert status_text.notice(content) == sentence


@pytest.mark.parametrize("last_minute", [False, True])
@pytest.mark.parametrize("outcome", RecordingOutcome)
def test_every_outcome_of_a_recording_has_a_sentence(
    outcome: RecordingOutcome, last_minute: bool
) -> None:
    ended = RecordingEnded(outcome, SESSION, reason="Why.", last_minute=last_minute)
    sentence = status_text.notice(ended)
    assert sentence[0].isupper() and sentence.endswith(".")
    assert status_text.remarks(LIVE, ended) == (sentence,)
