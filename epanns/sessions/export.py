"""A recording session as files for other programs: WAV, CSV, JSON, Audacity labels, a picture."""

import csv
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from epanns.audio.int16 import to_int16
from epanns.audio.level import finite_dbfs
from epanns.detection.detect import RecordingEvents
from epanns.detection.event_formats import audacity
from epanns.detection.events import Detector, Event, EventRules, TimeGrid
from epanns.errors import EpannsError, writing
from epanns.formatting import cell
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.sessions.prediction_line import prediction_line
from epanns.sessions.reader import Session
from epanns.storage.atomic import replacing
from epanns.storage.delayed import DelayedErrorFile
from epanns.storage.existence import exists

LARGEST_WAV = 4_000_000_000  # bytes; longer ones are RF64, which most programs read, too
TOP_K = 10  # classes of each prediction in JSON; CSV has all
PIECE = 1024  # scores at a time
SHORTEST_HOP = SAMPLE_RATE // 100  # samples; a file from elsewhere may have its own ideas


def write_wav(session: Session, path: Path) -> None:
    """The sound, 16-bit at 32 kHz, sample by sample as it was recorded.

    What is missing takes no room in a session, but does here: it may be more than the disk has.

    Raises:
        OSError: there is too little room.
    """
    if 2 * session.samples > shutil.disk_usage(path.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    form = "RF64" if 2 * session.samples > LARGEST_WAV else "WAV"
    with (
        DelayedErrorFile(path) as disk,  # libsndfile does not say what is wrong with a disk
        soundfile.SoundFile(disk, "w", SAMPLE_RATE, 1, "PCM_16", format=form) as file,
    ):
        for block in session.blocks():
            # As integers: libsndfile scales floats by another full scale.
            file.write(to_int16(block))


def write_csv(session: Session, path: Path) -> None:
    """One row a prediction: time of its end (s), level (dBFS), and the scores of all classes."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "level_dbfs", *map(cell, session.vocabulary.names)])
        for prediction in session.predictions():
            scores = (f"{score:.4g}" for score in prediction.scores.tolist())
            rows.writerow([_time(prediction.end), finite_dbfs(prediction.level_dbfs), *scores])


def write_json(session: Session, path: Path) -> None:
    """All about the session, and the ten best classes of each prediction."""
    about = {
        "file": session.path.name,
        "began": session.began.isoformat(),
        "duration": round(session.duration, 3),
        "ended": session.ended,
        "source": session.source,
        "devices": [{"time": _time(at), "name": name} for at, name in session.devices],
        "networks": [
            {"prediction": row, "name": each.name, "title": each.title, "sha256": each.checksum}
            for row, each in session.networks
        ],
        "gaps": [
            {"time": _time(gap.position), "seconds": _time(gap.samples), "reason": gap.reason}
            for gap in session.gaps
        ],
        "settings": session.settings,
        "versions": session.versions,
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{json.dumps(about, indent=1)[:-2]},\n "predictions": [')
        between = "\n  "
        for prediction in session.predictions():
            file.write(between + json.dumps(prediction_line(prediction, prediction.top(TOP_K))))
            between = ",\n  "
        file.write("\n ]\n}\n")


def write_labels(session: Session, path: Path, threshold: float) -> None:
    """The events as a label track for Audacity, which goes with the WAV file."""
    found = RecordingEvents(session.duration, events(session, threshold))
    with path.open("w", encoding="utf-8") as file:
        for line in audacity(session.path.name, found, session.vocabulary):
            file.write(f"{line}\n")


def write_picture(session: Session, path: Path) -> None:
    """A summary: spectrogram, scores of the best classes over time, and their mean and maximum."""
    from epanns.sessions.session_picture import draw  # matplotlib takes a while

    draw(path, session)


def events(session: Session, threshold: float) -> list[Event]:
    """The events in a session by its stored scores; see epanns.detection.events.

    Args:
        session: the session.
        threshold: the score that an event keeps from its onset to its offset, in [0, 1].

    Returns:
        The events by onset.
    """
    if not len(session):
        return []
    hop, segment = spacing(session)
    classes = len(session.vocabulary)
    limits = np.full(classes, threshold, np.float32)
    start = (int(session.ends[0]) - (segment + hop) / 2) / SAMPLE_RATE
    rules = EventRules(session.vocabulary, limits, limits)
    detector = Detector(rules, TimeGrid(start, hop / SAMPLE_RATE))
    for scores in every_hop(session):
        detector.feed(scores)
    return detector.events(session.duration)


def spacing(session: Session) -> tuple[int, int]:
    """Samples from one prediction to the next as a rule, and samples of a whole segment."""
    steps = np.diff(session.ends)
    segment = int((session.ends - session.starts).max())
    return (max(int(np.median(steps)), SHORTEST_HOP) if steps.size else segment), segment


def every_hop(session: Session) -> Iterator[NDArray[np.float32]]:
    """The scores of a session as if there were a prediction at every hop.

    Where the machine was too slow for some, the prediction before takes their place; where no sound
    was recorded for longer than a segment, all scores are 0.

    Yields:
        float32 (n, classes) in [0, 1], up to 1024 hops at a time.
    """
    hop, segment = spacing(session)
    places = np.rint((session.ends - session.ends[0]) / hop).astype(int)
    for first in range(0, int(places[-1]) + 1, PIECE):
        wanted = np.arange(first, min(first + PIECE, int(places[-1]) + 1))
        rows = np.searchsorted(places, wanted, side="right") - 1
        scores = session.scores(int(rows[0]), int(rows[-1]) + 1)[rows - rows[0]]
        scores[(wanted - places[rows]) * hop > segment] = 0.0
        yield scores


def _time(samples: int) -> float:
    return round(samples / SAMPLE_RATE, 3)


ENDINGS: dict[str, str] = {
    "wav": ".wav",
    "csv": ".csv",
    "json": ".json",
    "labels": ".labels.txt",
    "picture": ".png",
}


class ExportError(EpannsError):
    """A session cannot be exported: a file cannot be written, or one is there already."""


def check_new(session: Session, folder: Path, forms: Iterable[str]) -> None:
    """Refuse to overwrite a file: it may be the recording that was played.

    Raises:
        ExportError: a file exists.
    """
    for path in (_path(session, folder, form) for form in forms):
        if exists(path):
            raise ExportError(f"{path} is there already; choose another folder by --into.")


def _path(session: Session, folder: Path, form: str) -> Path:
    return folder / f"{session.path.stem}{ENDINGS[form]}"


def export(session: Session, folder: Path, form: str, threshold: float) -> Path:
    """Write a session in one form.

    Args:
        session: the session.
        folder: where to; the file is named after the session.
        form: a name from ENDINGS.
        threshold: the score from which on a class counts as heard, for labels.

    Returns:
        The file.

    Raises:
        ExportError: it cannot be written.
    """
    write: dict[str, Callable[[Session, Path], None]] = {
        "wav": write_wav,
        "csv": write_csv,
        "json": write_json,
        "labels": lambda session, path: write_labels(session, path, threshold),
        "picture": write_picture,
    }
    path = _path(session, folder, form)
    with writing(path, ExportError), replacing(path) as draft:
        write[form](session, draft)
    return path
