"""How well detected events agree with reference events: F1 and error rate.

As in A. Mesaros, T. Heittola and T. Virtanen, "Metrics for polyphonic sound event detection",
Applied Sciences 6(6), 162, 2016: segment-based (section 3.1), event-based (3.2), over all instances
(micro), and of each class by itself.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from epanns.detection.events import EXACT, Event

SEGMENT = 1.0  # seconds
COLLAR = 0.2  # seconds
SHARE = 0.2  # of the length of a reference event


class Tally(NamedTuple):
    """Counts of instances (events, or classes in a segment), and what follows from them.

    Attributes:
        references: instances in the reference.
        outputs: instances that the system found.
        hits: instances in both.
        substitutions: pairs of a missed instance and a false one in its place.
        deletions: other missed instances.
        insertions: other false instances.
    """

    references: int = 0
    outputs: int = 0
    hits: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """The sum of both: the tally of two recordings."""
        return Tally(*(mine + its for mine, its in zip(self, other, strict=True)))

    @property
    def precision(self) -> float:
        """The share of the outputs that are hits, 0 to 1; NaN if there are none."""
        return self.hits / self.outputs if self.outputs else math.nan

    @property
    def recall(self) -> float:
        """The share of the references that are hits, 0 to 1; NaN if there are none."""
        return self.hits / self.references if self.references else math.nan

    @property
    def f1(self) -> float:
        """Twice the hits divided by references and outputs, 0 to 1; NaN if there are neither."""
        both = self.references + self.outputs
        return 2 * self.hits / both if both else math.nan

    @property
    def error_rate(self) -> float:
        """Substitutions, deletions and insertions divided by references; NaN without references.

        0 is best, 1 is the rate of a system that finds nothing, and many insertions give more.
        """
        errors = self.substitutions + self.deletions + self.insertions
        return errors / self.references if self.references else math.nan


class EventMetrics(NamedTuple):
    """The tallies of a system on some recordings.

    Attributes:
        segments, events: over all instances of all classes.
        by_class: both for each class by itself (where there are no substitutions), by its index.
    """

    segments: Tally
    events: Tally
    by_class: dict[int, tuple[Tally, Tally]]


def measure(
    pairs: Sequence[tuple[Sequence[Event], Sequence[Event]]],
    classes: Iterable[int],
    share: float = SHARE,
) -> EventMetrics:
    """Compare the events that a system found with reference events.

    Args:
        pairs: the events of the reference and of the system, for each recording.
        classes: indices of the classes to measure; events of other classes are left out.
        share: see event_based.

    Returns:
        The tallies, summed over the recordings.
    """

    def tallies(measured: set[int]) -> tuple[Tally, Tally]:
        segments, events = Tally(), Tally()
        for pair in pairs:
            reference, output = ([each for each in one if each.label in measured] for one in pair)
            segments = segments.plus(segment_based(reference, output))
            events = events.plus(event_based(reference, output, share=share))
        return segments, events

    labels = sorted(set(classes))
    return EventMetrics(*tallies(set(labels)), {label: tallies({label}) for label in labels})


def segment_based(
    reference: Iterable[Event], output: Iterable[Event], length: float = SEGMENT
) -> Tally:
    """Compare which classes are active in each segment.

    A class is active in a segment if any part of an event of it is in it. Missed and false classes
    of one segment are paired as substitutions, as far as there are of both.

    Args:
        reference: the events of the reference.
        output: the events that the system found.
        length: of a segment, in seconds.

    Returns:
        The counts of classes in segments.
    """
    expected, found = _active(reference, length), _active(output, length)
    tally = Tally()
    for segment in expected.keys() | found.keys():
        active, output_active = expected.get(segment, set()), found.get(segment, set())
        missed, false = len(active - output_active), len(output_active - active)
        swapped = min(missed, false)
        counts = len(active), len(output_active), len(active & output_active)
        tally = tally.plus(Tally(*counts, swapped, missed - swapped, false - swapped))
    return tally


def event_based(
    reference: Sequence[Event],
    output: Sequence[Event],
    collar: float = COLLAR,
    share: float = SHARE,
) -> Tally:
    """Compare event by event.

    An event fits a reference event if the onsets are at most `collar` seconds apart, the offsets at
    most `collar` seconds or `share` of the length of the reference event, the larger of the two.
    It is a hit if the class is the same, else a substitution. Each event counts once; events are
    paired so that there are as many hits as possible, and then as many substitutions as possible.
    The authors' toolbox, sed_eval, has a share of 0.5, the DCASE challenges since 2018 one of 0.2;
    sed_eval finds the same hits and sometimes fewer substitutions: it takes the first that fits.

    Args:
        reference: the events of the reference.
        output: the events that the system found.
        collar: by which onsets may differ, in seconds.
        share: of the length of a reference event, by which offsets may differ.

    Returns:
        The counts of events.
    """
    tally = Tally()
    for near in _neighbours(reference, output, collar):
        tally = tally.plus(_pair(*near, collar, share))
    return tally


def _active(events: Iterable[Event], length: float) -> dict[int, set[int]]:
    """The classes that are active in each segment, by its number."""
    active: dict[int, set[int]] = {}
    for event in events:
        first = math.floor((event.onset + EXACT) / length)
        end = math.ceil((event.offset - EXACT) / length)
        for segment in range(first, end):
            active.setdefault(segment, set()).add(event.label)
    return active


def _neighbours(
    reference: Sequence[Event], output: Sequence[Event], collar: float
) -> Iterator[tuple[list[Event], list[Event]]]:
    """Both lists cut where no onset is near enough to the next for a pair across the cut."""
    together = sorted(
        [(event.onset, 0, event) for event in reference]
        + [(event.onset, 1, event) for event in output]
    )
    cuts = [
        place
        for place, (one, other) in enumerate(pairwise(together), 1)
        if other[0] - one[0] > collar + EXACT
    ]
    for begin, end in pairwise([0, *cuts, len(together)]):
        near = together[begin:end]
        yield [each[2] for each in near if not each[1]], [each[2] for each in near if each[1]]


def _pair(reference: list[Event], output: list[Event], collar: float, share: float) -> Tally:
    """The tally of the best pairing of a few events: a linear assignment."""
    labels, onsets, offsets = (
        [np.array([event[field] for event in events]) for events in (reference, output)]
        for field in range(3)
    )
    slack = np.maximum(collar, share * (offsets[0] - onsets[0]))
    fits = np.abs(np.subtract.outer(onsets[0], onsets[1])) <= collar + EXACT
    fits &= np.abs(np.subtract.outer(offsets[0], offsets[1])) <= slack[:, None] + EXACT
    same = np.equal.outer(labels[0], labels[1])
    most = min(fits.shape)
    gain = fits * np.where(same, most + 1, 1)  # one hit outweighs all substitutions there can be
    pairs = linear_sum_assignment(gain, maximize=True)
    hits = int((fits & same)[pairs].sum())
    swapped = int((fits & ~same)[pairs].sum())
    missed, false = len(reference) - hits - swapped, len(output) - hits - swapped
    return Tally(len(reference), len(output), hits, swapped, missed, false)
