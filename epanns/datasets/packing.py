"""Filling a pack from a listing, one recording at a time; the report accounts for each of them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np

from epanns.audio.selection import ChannelChoice
from epanns.datasets.clip_reading import read_clip
from epanns.datasets.listing import ListedClip
from epanns.datasets.pack import PackError, PackWriter
from epanns.errors import EpannsError, reason
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.vocabulary import Vocabulary


@dataclass
class PackingReport:
    """What became of the rows of a listing.

    Attributes:
        added: clips that are new in the pack.
        there: clips that were in it before.
        other: clips without a label among the classes asked for, or among those of a pack that are
            a part of the listing's.
        failures: one sentence for each clip that could not be packed.
        warnings: the sentences about each clip that is not as it should be, by its name: cut off,
            damaged, clipped, of channels that cancel, silent under a label.
        left_out: how many of these were left out.
        unknown: how many clips have a label that is no class of the pack, by the sentence about it.
        outside: the same by the label, where the pack's classes are a part of the listing's.
    """

    added: int = 0
    there: int = 0
    other: int = 0
    failures: list[str] = field(default_factory=list)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    left_out: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)


def pack(
    rows: Iterable[ListedClip],
    writer: PackWriter,
    classes: Collection[int] | None = None,
    seconds: float | None = None,
    longest: float | None = None,
    channel: ChannelChoice = None,
    strict: bool = False,
    is_part: bool = False,
) -> PackingReport:
    """Add recordings to a pack, but for those that it holds already.

    Args:
        rows: what to pack.
        writer: the pack; its vocabulary has the labels.
        classes: only clips that have one of these labels; None for all, unlabelled ones too.
        seconds: make every clip that long, by cutting its end off or adding zeros to it.
        longest: cut off what is longer.
        channel: which channel is taken; see epanns/audio/channel_mixer.py.
        strict: leave out clips that there is a warning about.
        is_part: whether the pack's classes are a part of the listing's, so that labels, and clips,
            of others are no faults.

    Raises:
        PackError: the pack cannot be written, or holds clips of another length than `seconds`.
    """
    limit = round((seconds or longest or 0) * SAMPLE_RATE)
    how = _Packing(limit, bool(seconds), channel, strict)
    if seconds and (writer.lengths() != limit).any():
        raise PackError(
            f"{writer.path} holds clips that are not {seconds:g} s long; use a file of its own."
        )
    report = PackingReport()
    seen: set[str] = set()
    class_of = _lookup(writer.vocabulary)
    for row in rows:
        found = {label: class_of(label) for label in row.labels}
        labels = [index for index in found.values() if isinstance(index, int)]
        unknown = {label: why for label, why in found.items() if isinstance(why, str)}
        if is_part:
            report.outside.update(unknown.keys())
        else:
            report.unknown.update(unknown.values())
        if row.name in seen:
            report.failures.append(f"{row.name} stands in the listing twice; the first one counts.")
        elif row.labels and not labels and is_part:
            report.other += 1
        elif row.labels and not labels:
            title = writer.vocabulary.title
            report.failures.append(f"{row.name} has no label that is one of the {title} classes.")
        elif classes is not None and not set(labels) & set(classes):
            report.other += 1
        else:
            _pack_row(row, labels, writer, report, how)
        seen.add(row.name)
    writer.flush()
    return report


class _Packing(NamedTuple):
    """How clips are packed: cut off after so many samples or filled up to them, and so on."""

    limit: int
    padded: bool
    channel: ChannelChoice
    strict: bool


def _pack_row(
    row: ListedClip, labels: list[int], writer: PackWriter, report: PackingReport, how: _Packing
) -> None:
    try:
        if writer.holds(row.name, row.source):
            report.there += 1
            return
        waveform, warnings = read_clip(row, how.channel, how.limit)
    except EpannsError as error:
        report.failures.append(str(error))
        return
    except Exception as error:  # a fault of a decoder in one file must not end hours of work
        report.failures.append(f"{row.path}: {reason(error)}")
        return
    if warnings:
        report.warnings[row.name] = warnings
    if warnings and how.strict:
        report.left_out += 1
        return
    if how.padded:
        waveform = np.pad(waveform, (0, how.limit - len(waveform)))
    target = np.zeros(len(writer.vocabulary), bool)
    target[labels] = True
    writer.add(
        row.name, waveform, target, row.split, row.fold, row.source, row.licence,
        " ".join(warnings),
    )  # fmt: skip
    report.added += 1


def _lookup(vocabulary: Vocabulary) -> Callable[[str], int | str]:
    """What gives the class of a label, or the sentence about a label that the vocabulary lacks.

    It remembers both: looking for names that are spelt alike takes milliseconds.
    """

    @cache
    def class_of(label: str) -> int | str:
        try:
            return vocabulary.index_of_label(label)
        except ValueError as error:
            return str(error)

    return class_of
