"""Filling a pack from a listing, one recording at a time; the report accounts for each of them."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from epanns.audio.read import read_waveform
from epanns.datasets.listing import ListedClip
from epanns.datasets.pack import PackError, PackWriter
from epanns.errors import AudioFileError, EpannsError, reason
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.vocabulary import Vocabulary

SLACK = 1.0  # seconds by which a clip that is cut already may be longer than its segment


@dataclass
class PackingReport:
    """What became of the rows of a listing.

    Attributes:
        added: clips that are new in the pack.
        there: clips that were in it before.
        other: clips without a label among the classes asked for.
        failures: one sentence for each clip that could not be packed.
        unknown: how many clips have a label that is no class of the pack, by the sentence about it.
    """

    added: int = 0
    there: int = 0
    other: int = 0
    failures: list[str] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


def pack(
    rows: Iterable[ListedClip],
    writer: PackWriter,
    classes: Collection[int] | None = None,
    seconds: float | None = None,
    longest: float | None = None,
) -> PackingReport:
    """Add recordings to a pack, but for those that it holds already.

    Args:
        rows: what to pack.
        writer: the pack; its vocabulary has the labels.
        classes: only clips that have one of these labels; None for all, unlabelled ones too.
        seconds: make every clip that long, by cutting its end off or adding zeros to it.
        longest: cut off what is longer.

    Raises:
        PackError: the pack cannot be written, or holds clips of another length than `seconds`.
    """
    limit = round((seconds or longest or 0) * SAMPLE_RATE)
    if seconds and (writer.lengths() != limit).any():
        raise PackError(
            f"{writer.path} holds clips that are not {seconds:g} s long; use a file of its own."
        )
    report = PackingReport()
    seen: set[str] = set()
    for row in rows:
        labels = _known(row, writer.vocabulary, report)
        if row.name in seen:
            report.failures.append(f"{row.name} stands in the listing twice; the first one counts.")
        elif row.labels and not labels:
            title = writer.vocabulary.title
            report.failures.append(f"{row.name} has no label that is one of the {title} classes.")
        elif classes is not None and not set(labels) & set(classes):
            report.other += 1
        else:
            _pack_row(row, labels, writer, report, limit, padded=bool(seconds))
        seen.add(row.name)
    writer.flush()
    return report


def _pack_row(
    row: ListedClip,
    labels: list[int],
    writer: PackWriter,
    report: PackingReport,
    limit: int,
    padded: bool,
) -> None:
    try:
        if writer.holds(row.name, row.source):
            report.there += 1
            return
        waveform = _segment(read_waveform(row.path), row)
    except EpannsError as error:
        report.failures.append(str(error))
        return
    except Exception as error:  # a fault of a decoder in one file must not end hours of work
        report.failures.append(f"{row.path}: {reason(error)}")
        return
    if limit:
        waveform = waveform[:limit]
    if padded:
        waveform = np.pad(waveform, (0, limit - len(waveform)))
    target = np.zeros(len(writer.vocabulary), bool)
    target[labels] = True
    writer.add(row.name, waveform, target, row.split, row.fold, row.source, row.licence)
    report.added += 1


def _known(row: ListedClip, vocabulary: Vocabulary, report: PackingReport) -> list[int]:
    """The classes of a row; labels that the vocabulary does not have are counted."""
    found = []
    for label in row.labels:
        try:
            found.append(vocabulary.index_of_label(label))
        except ValueError as error:
            report.unknown[str(error)] += 1
    return found


def _segment(waveform: NDArray[np.float32], row: ListedClip) -> NDArray[np.float32]:
    """The part of a recording that a row means, float32 (samples,).

    A recording hardly longer than the segment is the clip itself, which was cut before; a longer
    one is the whole recording, and the segment is cut out of it here.
    """
    if row.segment is not None:
        start, end = (round(second * SAMPLE_RATE) for second in row.segment)
        if len(waveform) > end - start + SLACK * SAMPLE_RATE:
            waveform = waveform[start:end]
    if not waveform.size:
        raise AudioFileError(f"{row.path} holds no sound where the clip should be.")
    return waveform
