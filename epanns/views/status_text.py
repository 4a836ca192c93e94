"""What the window and the terminal say: from the engine's states to plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from epanns.formatting import amount, per_cent
from epanns.status import (
    DiskNearlyFull,
    ListeningTo,
    ModelPhase,
    ModelState,
    NetworkFallback,
    NetworkInUse,
    NoticeContent,
    Pace,
    PrecisionFallback,
    RecordingEnded,
    RecordingOutcome,
    RecordingState,
    SampleInstead,
    SourcePhase,
    Status,
    UnknownClasses,
)
from epanns.views.class_selection import ClassSelection
from epanns.vocabulary.vocabulary import Vocabulary
from epanns.zoo import catalogue

Tone = Literal["good", "warning", "bad", "muted"]

DEFAULT_MICROPHONE = "Default microphone"
LOOK_AGAIN = "Look for microphones again"
PRIVACY = (
    "Sound stays on this computer; nothing is kept unless you ask for it. Not for alarms or safety."
)
MOST_BELOW = 8  # names of classes below another that are read out


LAST_MINUTE = (
    "The last minute: which sounds were heard when, and below the log-mel spectrum,"
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


def goes_on(status: Status) -> bool:
    """Whether there is something to stop: running, and not at the end of a file."""
    return status.running and status.source.phase not in (SourcePhase.ENDED, SourcePhase.FAILED)


def headline(status: Status) -> StatusLine:
    """The state of the source, or a failed model, for the head of the window."""
    if not status.running:
        return _HEADLINES[SourcePhase.STOPPED]
    if status.model.phase is ModelPhase.FAILED:
        return _NO_MODEL
    phase = status.source.phase
    if status.microphone is not None and phase is SourcePhase.LIVE:
        return _STAND_IN
    return (_PLAYED_HEADLINES if status.plays_file else _HEADLINES)[phase]


def listening_to(source: str, microphone: str) -> str:
    """What the field for the microphone says at first.

    Args:
        source: "microphone", "sample" or the path of a file.
        microphone: the chosen microphone, "" for the default one.
    """
    if source != "microphone":
        return Path(source).name
    if microphone.isdecimal():
        return f"Microphone {microphone}"
    return microphone or DEFAULT_MICROPHONE


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


def held(seconds: float) -> str:
    """While the window shows a moment of the last minute."""
    return f"Held: what was heard {seconds:.1f} s before. A click or Esc goes on with what is now."


def waiting(status: Status) -> str:
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
        if status.plays_file:
            return "No sound was recorded here."
        return "The sound is gone. Trying again …"
    if phase is SourcePhase.ENDED:
        return "The sound has ended."
    if state.phase is ModelPhase.FETCHING:
        return f"Fetching {state.fetching} …\n{per_cent_done(state)}"
    if state.phase is ModelPhase.LOADING:
        return "Loading the model …"
    if phase in (SourcePhase.STARTING, SourcePhase.STOPPED):
        return "Opening the sound …" if status.plays_file else "Opening the microphone …"
    return "Playing …" if status.plays_file else "Listening …"


def heard_alone(channel: int, channels: int) -> str:
    """That a channel is heard in place of the mean of all."""
    return (
        f"Channel {channel} of {channels} is heard alone: it is more than 6 dB louder than the mean"
        " of all. The setting channel chooses."
    )


def nothing_heard(threshold: float | None) -> str:
    """In place of bars while no class reaches the threshold; None if each has its own."""
    if threshold is None:
        return "nothing above its threshold"
    return f"nothing above {per_cent(threshold)}"


def place(index: int, vocabulary: Vocabulary) -> str:
    """Where a class stands in the ontology: the ways down to it, and what is directly below."""
    lines = [" > ".join(path) for path in vocabulary.paths(index)]
    if below := vocabulary.children(index):
        more = [f"{len(below) - MOST_BELOW} more"] if len(below) > MOST_BELOW else []
        lines.append(f"Below it: {'; '.join([*below[:MOST_BELOW], *more])}")
    return "\n".join(lines)


def meaning(index: int, vocabulary: Vocabulary) -> str:
    """What the bar of a class stands for."""
    return f"{place(index, vocabulary)}\n{SCORE}"


def subset(title: str, count: int, classes: int) -> str:
    """The title of a subset and how many of the classes it holds; "" is the user's own."""
    name = "all sounds" if title.lower() == "all" else title or "your own"
    return f"{name[0].upper()}{name[1:]}: {count} of {classes}"


def found(count: int) -> str:
    """How many classes a search has found."""
    return f"{count} found" if count else "nothing found"


def bad_threshold(typed: str) -> str:
    """That what was typed is no threshold."""
    return f"A threshold is a score from 0 to 100\N{NO-BREAK SPACE}%, not {typed[:20]!r}."


def watched(names: Sequence[str]) -> str:
    """That watched classes are heard; "" if none is."""
    return f"Heard: {'; '.join(names)}" if names else ""


def showing(selection: ClassSelection, softmax: bool = False) -> tuple[str, ...]:
    """What the user must know about how scores are shown.

    Args:
        selection: which classes are shown.
        softmax: whether the classes compete.
    """
    notes = []
    if selection.title.lower() != "all":
        title = f" ({selection.title})" if selection.title else ""
        shown, classes = len(selection.shown), len(selection.vocabulary)
        notes.append(f"Showing {shown} of {classes} classes{title}.")
    if softmax:
        notes.append("Softmax is on: the classes compete, for comparison only.")
    return tuple(notes)


def remarks(
    status: Status, newest: NoticeContent | None = None, more: Sequence[str] = ()
) -> tuple[str, ...]:
    """The sentences below the head: reasons of the present states, and what happened last.

    The newest notice is given, unless a present reason says the same.

    Args:
        status: the engine's state.
        newest: the content of the engine's newest notice.
        more: sentences that follow, such as showing()'s.
    """
    reasons = [status.source.reason, status.model.reason]
    if status.microphone is not None:
        trying = status.microphone.phase is SourcePhase.STARTING
        reasons.insert(0, "Trying the microphone again …" if trying else status.microphone.reason)
    if status.recording is not None:
        room_left = status.recording.room
        reasons += [
            room(room_left) if room_left is not None else "",
            f"Recording to {status.recording.path}.",
        ]
    sentences = [reason for reason in reasons if reason]
    if status.source.alone is not None:
        sentences.append(heard_alone(*status.source.alone))
    sentences += _unknown(status.unknown_classes)
    room_is_said = status.recording is not None and status.recording.room is not None
    if newest is None or (isinstance(newest, DiskNearlyFull) and room_is_said):
        pass
    elif not set(said_by(newest)).intersection(sentences):
        sentences.append(notice(newest))
    return tuple(dict.fromkeys((*sentences, *more)))


def notice(content: NoticeContent) -> str:
    """What happened, as a sentence; a network in use as a few lines."""
    if isinstance(content, RecordingEnded):
        return _last_minute(content) if content.last_minute else _recorded(content)
    if isinstance(content, DiskNearlyFull):
        return room(content.seconds)
    if isinstance(content, UnknownClasses):
        return " ".join(_unknown(content.names))
    if isinstance(content, SampleInstead):
        return f"{content.reason} Playing the bundled sample instead."
    if isinstance(content, ListeningTo):
        return f"Listening to the {content.name}."
    if isinstance(content, PrecisionFallback):
        return f"{content.reason} Using {content.used}."
    if isinstance(content, NetworkFallback):
        used, wanted = (catalogue.weights_of(name).title for name in (content.used, content.wanted))
        return f"{content.reason} The {used} model is in use, not {wanted}."
    if isinstance(content, NetworkInUse):
        return (
            f"model       {content.name}\n{content.summary}\n"
            f"live        {content.segment:g} s of sound scored every {content.hop:g} s"
        )
    return content


def said_by(content: NoticeContent) -> tuple[str, ...]:
    """The sentences of a notice, among them those that are the reason of a state, too."""
    if isinstance(content, SampleInstead):
        return content.reason, notice(content)
    if isinstance(content, UnknownClasses):
        return tuple(_unknown(content.names))
    return (notice(content),)


def _unknown(names: Sequence[str]) -> list[str]:
    return [f"This network has no class {name!r}." for name in names]


def _recorded(ended: RecordingEnded) -> str:
    return {
        RecordingOutcome.SAVED: f"Recorded {amount(ended.seconds, ended.size)} to {ended.path}.",
        RecordingOutcome.NOTHING_HEARD: "Nothing was heard, so nothing was recorded.",
        RecordingOutcome.NOT_NEEDED: "This is a recording, so there is no need to record it.",
        RecordingOutcome.DISK_FULL: "The disk is full: the recording ends.",
        RecordingOutcome.FAILED: f"{ended.reason} The recording has ended;"
        f" {'what was on disk is kept' if ended.path else 'nothing of it was kept'}.",
    }[ended.outcome]


def _last_minute(ended: RecordingEnded) -> str:
    return {
        RecordingOutcome.SAVED: f"Kept the last {amount(ended.seconds, ended.size)} in"
        f" {ended.path}.",
        RecordingOutcome.NOTHING_HEARD: "Nothing has been heard yet, so there is nothing to keep.",
        RecordingOutcome.NOT_NEEDED: "This is a recording, so all of it is kept.",
        RecordingOutcome.DISK_FULL: "The last minute was not kept: the disk is full.",
        RecordingOutcome.FAILED: f"The last minute was not kept: {ended.reason}",
    }[ended.outcome]


def fits(shown: int, wanted: int) -> str:
    """Says so when not all rows asked for have room."""
    return f"{shown} of {wanted} fit" if shown < wanted else ""
