"""What the window and the terminal say: from the engine's states to plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from epanns.settings import Settings
from epanns.status import ModelPhase, ModelState, Pace, RecordingState, SourcePhase, Status
from epanns.views.class_selection import ClassSelection
from epanns.vocabulary.audioset import AUDIOSET

Tone = Literal["good", "warning", "bad", "muted"]

DEFAULT_MICROPHONE = "Default microphone"
LOOK_AGAIN = "Look for microphones again"
PRIVACY = (
    "Sound stays on this computer; nothing is kept unless you ask for it. Not for alarms or safety."
)
MOST_BELOW = 8  # names of classes below another that are read out


LAST_MINUTE = (
    "The last minute: which sounds were heard when, and below the spectrum as the network sees it,"
    " with the scored segment outlined. A click or Return holds a moment, the arrow keys move it,"
    " Esc goes on."
)
SCORE = (
    "Each class has a score of its own from 0 to 100\N{NO-BREAK SPACE}%: how sure the network is,"
    " not how often it is right. The mark is the recent peak."
)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """What is going on, in a few words, and the tone (a colour of the palette) to say it in."""

    text: str
    tone: Tone


HEARING = (SourcePhase.LIVE, SourcePhase.SILENT)

_HEADLINES = {
    SourcePhase.STOPPED: StatusLine("Stopped", "muted"),
    SourcePhase.STARTING: StatusLine("Opening the microphone …", "muted"),
    SourcePhase.LIVE: StatusLine("Listening", "good"),
    SourcePhase.SILENT: StatusLine("Silent: is it muted?", "warning"),
    SourcePhase.LOST: StatusLine("Microphone lost: trying again …", "bad"),
    SourcePhase.ENDED: StatusLine("The end", "muted"),
    SourcePhase.FAILED: StatusLine("No sound", "bad"),
}
_PLAYED_HEADLINES = _HEADLINES | {
    SourcePhase.STARTING: StatusLine("Opening the sound …", "muted"),
    SourcePhase.LIVE: StatusLine("Playing", "good"),
    SourcePhase.SILENT: StatusLine("Playing silence", "muted"),
    SourcePhase.LOST: StatusLine("Nothing was recorded here", "bad"),
}
_NO_MODEL = StatusLine("The model failed", "bad")
_STAND_IN = StatusLine("No microphone: playing the sample", "warning")


def per_cent(value: float) -> str:
    """A share or score for people: 0.05 is '5 %'."""
    return f"{100 * value:.3g}\N{NO-BREAK SPACE}%"


def score(value: float) -> str:
    """A score as a bar shows it: whole per cent."""
    return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"


def plays(status: Status, settings: Settings) -> bool:
    """Whether the sound comes from a file or the sample, not from a microphone."""
    return status.microphone is not None or settings.source != "microphone"


def hears(status: Status) -> bool:
    """Whether sound comes in."""
    return status.running and status.source.phase in HEARING


def goes_on(status: Status) -> bool:
    """Whether there is something to stop: running, and not at the end of a file."""
    return status.running and status.source.phase not in (SourcePhase.ENDED, SourcePhase.FAILED)


def headline(status: Status, settings: Settings) -> StatusLine:
    """The state of the source, or a failed model, for the head of the window."""
    if not status.running:
        return _HEADLINES[SourcePhase.STOPPED]
    if status.model.phase is ModelPhase.FAILED:
        return _NO_MODEL
    phase = status.source.phase
    if status.microphone is not None and phase is SourcePhase.LIVE:
        return _STAND_IN
    return (_PLAYED_HEADLINES if plays(status, settings) else _HEADLINES)[phase]


def listening_to(settings: Settings) -> str:
    """What the field for the microphone says at first."""
    if settings.source != "microphone":
        return Path(settings.source).name
    if settings.microphone.isdecimal():
        return f"Microphone {settings.microphone}"
    return settings.microphone or DEFAULT_MICROPHONE


def model(state: ModelState) -> str:
    """The state of the network, and of a download beside it."""
    download = f"fetching {state.fetching}: {per_cent_done(state)}" if state.fetching else ""
    if state.phase is ModelPhase.READY:
        summary = f" ({state.summary})" if state.summary else ""
        return f"Model {state.name}{summary}" + (f", {download}" if download else "")
    if state.phase is ModelPhase.FAILED:
        return f"Model {state.name or '?'} failed"
    doing = download or f"loading the model {state.name}".rstrip()
    return doing[0].upper() + doing[1:] + " …"


def per_cent_done(state: ModelState) -> str:
    """How much of a download is there; never 100 % before it is."""
    return f"{int(100 * min(max(state.progress, 0.0), 0.99))}\N{NO-BREAK SPACE}%"


def pace(pace: Pace) -> str:
    """Updates per second and the time one takes."""
    if pace.updates_per_second <= 0:
        return "no updates"
    figures = f"{pace.updates_per_second:4.1f} updates/s, {1000 * pace.inference_seconds:3.0f} ms"
    return figures.replace("  ", " \N{FIGURE SPACE}") + " each"


def lost_input(status: Status) -> str:
    """Every kind of input that was dropped, with its count."""
    counts = (
        (status.overflows, "overflow", "overflows"),
        (status.gaps, "gap", "gaps"),
        (status.non_finite, "invalid sample", "invalid samples"),
        (status.skipped, "segment skipped", "segments skipped"),
    )
    lost = [f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count]
    return f"Lost: {', '.join(lost)}" if lost else "No input lost"


def elapsed(seconds: float) -> str:
    """A time since a beginning: 0:07, 12:34, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def amount(seconds: float, size: int) -> str:
    """How much was recorded: how long, and how many bytes."""
    number = f"{size / 1e6:.1f}\N{NO-BREAK SPACE}MB"
    if size >= 1e9:
        number = f"{size / 1e9:.2f}\N{NO-BREAK SPACE}GB"
    return f"{elapsed(seconds)}, {number}"


def recording(state: RecordingState | None) -> str:
    """That it is being recorded, for how long and how much; "" if it is not."""
    return f"● Recording {amount(state.seconds, state.size)}" if state else ""


def room(seconds: float) -> str:
    """That the disk is going to be full."""
    minutes = int(seconds / 60)
    if minutes < 1:
        return "The disk is nearly full: the recording ends in less than a minute."
    left = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"The disk is nearly full: the recording ends in {left} or so."


def ago(seconds: float) -> str:
    """How long ago something was heard, on a scale of time: now, 15 s."""
    return f"{seconds:.0f} s ago" if seconds else "now"


def hertz(frequency: float) -> str:
    """A frequency: 50 Hz, 14 kHz."""
    return f"{frequency / 1000:g} kHz" if frequency >= 1000 else f"{frequency:g} Hz"


def held(seconds: float) -> str:
    """While the window shows a moment of the last minute."""
    return f"Held: what was heard {seconds:.1f} s before. A click or Esc goes on with what is now."


def waiting(status: Status, settings: Settings) -> str:
    """What is being waited for while there are no bars."""
    state = status.model
    if not status.running:
        return "Stopped.\nPress Start or the space bar."
    if state.phase is ModelPhase.FAILED:
        return "The model failed:\nnothing can be named."
    phase = status.source.phase
    if phase is SourcePhase.FAILED:
        return "No sound comes in."
    if phase is SourcePhase.LOST:
        if plays(status, settings):
            return "No sound was recorded here."
        return "The sound is gone. Trying again …"
    if phase is SourcePhase.ENDED:
        return "The sound has ended."
    if state.phase is ModelPhase.FETCHING:
        return f"Fetching the model {state.fetching} …\n{per_cent_done(state)}"
    if state.phase is ModelPhase.LOADING:
        return "Loading the model …"
    if phase in (SourcePhase.STARTING, SourcePhase.STOPPED):
        return "Opening the sound …" if plays(status, settings) else "Opening the microphone …"
    return "Playing …" if plays(status, settings) else "Listening …"


def nothing_heard(threshold: float | None) -> str:
    """In place of bars while no class reaches the threshold; None if each has its own."""
    if threshold is None:
        return "nothing above its threshold"
    return f"nothing above {per_cent(threshold)}"


def place(index: int) -> str:
    """Where a class stands in the ontology: the ways down to it, and what is directly below."""
    lines = [" > ".join(path) for path in AUDIOSET.paths(index)]
    if below := AUDIOSET.children(index):
        more = [f"{len(below) - MOST_BELOW} more"] if len(below) > MOST_BELOW else []
        lines.append(f"Below it: {'; '.join([*below[:MOST_BELOW], *more])}")
    return "\n".join(lines)


def meaning(index: int) -> str:
    """What the bar of a class stands for."""
    return f"{place(index)}\n{SCORE}"


def subset(title: str, count: int) -> str:
    """A subset of the classes and how many it holds; "" is one of the user's own."""
    name = "all sounds" if title.lower() == "all" else title or "your own"
    return f"{name[0].upper()}{name[1:]}: {count} of {len(AUDIOSET)}"


def found(count: int) -> str:
    """How many classes a search has found."""
    return f"{count} found" if count else "nothing found"


def bad_threshold(typed: str) -> str:
    """That what was typed is no threshold."""
    return f"A threshold is a score from 0 to 100\N{NO-BREAK SPACE}%, not {typed[:20]!r}."


def watched(names: Sequence[str]) -> str:
    """That watched classes are heard; "" if none is."""
    return f"Heard: {'; '.join(names)}" if names else ""


def showing(settings: Settings, choice: ClassSelection | None = None) -> tuple[str, ...]:
    """What the user must know about how scores are shown: a subset, softmax.

    Args:
        settings: the settings.
        choice: which classes are shown; None for what the settings say.
    """
    choice = choice or ClassSelection.of(settings)
    notes = []
    if choice.title.lower() != "all":
        title = f" ({choice.title})" if choice.title else ""
        notes.append(f"Showing {len(choice.shown)} of {len(AUDIOSET)} classes{title}.")
    if settings.activation == "softmax":
        notes.append("Softmax is on: the classes compete, for comparison only.")
    return tuple(notes)


def remarks(
    status: Status,
    settings: Settings,
    notices: tuple[str, ...],
    choice: ClassSelection | None = None,
) -> tuple[str, ...]:
    """The sentences below the head: reasons of the present states, then how scores are shown.

    Of the engine's notices the newest is given, unless a present reason says the same.

    Args:
        status: the engine's state.
        settings: the settings.
        notices: the engine's, oldest first.
        choice: which classes are shown; None for what the settings say.
    """
    reasons = [status.source.reason, status.model.reason]
    if status.microphone is not None:
        trying = status.microphone.phase is SourcePhase.STARTING
        reasons.insert(0, "Trying the microphone again …" if trying else status.microphone.reason)
    if status.recording is not None:
        reasons += [status.recording.remark, f"Recording to {status.recording.path}."]
    sentences = [reason for reason in reasons if reason]
    if notices and not any(same(notices[-1], sentence) for sentence in sentences):
        sentences.append(notices[-1])
    return tuple(dict.fromkeys((*sentences, *showing(settings, choice))))


def fits(shown: int, wanted: int) -> str:
    """Says so when not all rows asked for have room."""
    return f"{shown} of {wanted} fit" if shown < wanted else ""


def same(notice: str, sentence: str) -> bool:
    """Whether a notice only repeats a sentence that is shown anyway."""
    return sentence.rstrip(".") in notice or notice.rstrip(".") in sentence
