"""From scores over time to events: which class sounds, from which time to which.

Scores come piece by piece, of a file, a recorded session or the live tagger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epanns.errors import SettingsError
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.vocabulary.vocabulary import Vocabulary

Floats = NDArray[np.float32]

EXACT = 1e-6  # seconds; times closer than this are the same: they differ by rounding only


class Event(NamedTuple):
    """A sound of one class.

    Attributes:
        label: the index of its class in the vocabulary.
        onset, offset: when it begins and ends, in seconds since the sound began.
        score: the highest score within it, 0 to 1; NaN for an event of a reference.
    """

    label: int
    onset: float
    offset: float
    score: float


class TimeGrid(NamedTuple):
    """The times of the scores, in seconds.

    The k-th score (from 0) stands for start + k * hop to start + (k + 1) * hop, the first one also
    for all that is before it and the last one for all that follows.
    """

    start: float
    hop: float

    @classmethod
    def of_segments(cls, segment: int, hop: int) -> "TimeGrid":
        """The times of segments: each score stands for one hop around the centre of its segment.

        A clipwise network says that a class is in the segment and not where, since it pools over
        all of it. A short sound is in every segment that begins up to a segment's length before it:
        seen from the centre of the segments as far before it as after it. So at the centre events
        are not moved; placed at the start (or the end) of the segments, they would all come half a
        segment too early (or too late). What is shorter than a segment comes out longer than it is,
        by the same length on both sides.

        Args:
            segment: samples of sound that one score is of.
            hop: samples from one segment to the next, at most a segment.
        """
        return cls((segment - hop) / 2 / SAMPLE_RATE, hop / SAMPLE_RATE)


@dataclass(frozen=True, eq=False)
class EventRules:
    """What makes an event. They apply in this order: median, thresholds, gap, minimum.

    Attributes:
        vocabulary: the classes of the network.
        thresholds: float32 (classes,) in [0, 1], the score that an event reaches at least once.
        low: float32 (classes,) in [0, 1], the score that it keeps from its onset to its offset
            (hysteresis); equal to the threshold for no hysteresis.
        median: seconds over which the scores of a class are replaced by their median, rounded to an
            odd number of scores; takes out what is shorter than half of it. 0 for no filter.
        gap: seconds; events of a class that are at most this far apart are joined.
        minimum: seconds; shorter events are left out.
        classes: indices of the classes to look for; None for all.

    Raises:
        SettingsError: a low threshold above the threshold, or a negative length.
    """

    vocabulary: Vocabulary
    thresholds: Floats
    low: Floats
    median: float = 0.0
    gap: float = 0.0
    minimum: float = 0.0
    classes: Sequence[int] | None = None

    def __post_init__(self) -> None:
        above = [index for index in self.indices if self.low[index] > self.thresholds[index]]
        if above:
            raise SettingsError(
                f"The low threshold of {self.vocabulary.names[above[0]]} is {self.low[above[0]]:g},"
                f" which is above its threshold of {self.thresholds[above[0]]:g}; lower it."
            )
        for name in ("median", "gap", "minimum"):
            if not 0.0 <= getattr(self, name) < np.inf:
                found = getattr(self, name)
                raise SettingsError(f"The {name} must be 0 seconds or more; found {found}.")

    @property
    def indices(self) -> NDArray[np.intp]:
        """The classes to look for, intp (n,), indices into the vocabulary."""
        classes = range(len(self.vocabulary)) if self.classes is None else self.classes
        return np.array(classes, np.intp)


class _Run(NamedTuple):
    """Frames first to end - 1 of a class, all at or above its low threshold."""

    first: int
    end: int
    score: float


class Detector:
    """Finds the events in scores that come piece by piece; how they are cut does not matter.

    Args:
        rules: what makes an event.
        grid: the times of the scores.
    """

    def __init__(self, rules: EventRules, grid: TimeGrid) -> None:
        self._rules, self._grid = rules, grid
        self._classes = rules.indices
        self._median = RunningMedian(2 * int(rules.median / grid.hop / 2 + EXACT) + 1)
        self._runs: dict[int, list[_Run]] = {}
        self._frames = 0

    def feed(self, scores: Floats) -> None:
        """Take in the next scores.

        Args:
            scores: float32 (n, classes) in [0, 1], one row for each hop of the grid.
        """
        self._take(self._median.feed(scores[:, self._classes]))

    def events(self, duration: float) -> list[Event]:
        """End, and return all events.

        Args:
            duration: seconds of sound; no event reaches beyond it.

        Returns:
            The events by onset.
        """
        self._take(self._median.finish())
        found = []
        for label, runs in self._runs.items():
            self._forget_faint(label)
            placed = [self._place(label, run, duration) for run in runs]
            found += [
                event
                for event in _merged(placed, self._rules.gap)
                if event.offset - event.onset > max(self._rules.minimum - EXACT, 0.0)
            ]
        return sorted(found, key=lambda event: (event.onset, event.label))

    def _take(self, scores: Floats) -> None:
        """Note the runs in scores (n, classes looked for)."""
        if not len(scores):
            return
        held = scores >= self._rules.low[self._classes]
        for column in np.flatnonzero(held.any(axis=0)):
            edges = np.flatnonzero(np.diff(held[:, column], prepend=False, append=False))
            firsts, ends = edges[::2], edges[1::2]
            for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
                peak = float(scores[first:end, column].max())
                run = _Run(self._frames + first, self._frames + end, peak)
                self._note(int(self._classes[column]), run)
        self._frames += len(scores)

    def _note(self, label: int, run: _Run) -> None:
        runs = self._runs.setdefault(label, [])
        if runs and runs[-1].end == run.first:  # it only went on in the next piece
            last = runs.pop()
            run = _Run(last.first, run.end, max(last.score, run.score))
        else:
            self._forget_faint(label)
        runs.append(run)

    def _forget_faint(self, label: int) -> None:
        """Drop the last run of a class if it has ended without reaching the threshold."""
        runs = self._runs[label]
        if runs and runs[-1].score < self._rules.thresholds[label]:
            runs.pop()

    def _place(self, label: int, run: _Run, duration: float) -> Event:
        start, hop = self._grid
        onset = 0.0 if run.first == 0 else start + run.first * hop
        offset = duration if run.end == self._frames else start + run.end * hop
        return Event(label, min(onset, duration), min(offset, duration), run.score)


class RunningMedian:
    """A running median over time; at both ends the first and the last scores are repeated.

    Args:
        frames: how many scores each median is of, an odd number.
    """

    def __init__(self, frames: int) -> None:
        self._half = frames // 2
        self._held: Floats | None = None  # what the next medians need besides what comes

    def feed(self, scores: Floats) -> Floats:
        """Take in the next scores.

        Args:
            scores: float32 (n, classes).

        Returns:
            The medians that no later score can change, float32 (m, classes).
        """
        if not self._half or not len(scores):
            return scores
        if self._held is None:
            self._held = np.repeat(scores[:1], self._half, axis=0)
        return self._medians(np.concatenate([self._held, scores]))

    def finish(self) -> Floats:
        """End, and return the remaining medians, float32 (m, classes)."""
        if self._held is None:
            return np.empty((0, 0), np.float32)
        rest = np.repeat(self._held[-1:], self._half, axis=0)
        return self._medians(np.concatenate([self._held, rest]))

    def _medians(self, scores: Floats) -> Floats:
        from scipy.ndimage import median_filter  # slow to import

        half = self._half
        self._held = scores[-2 * half :]
        medians = np.empty((max(len(scores) - 2 * half, 0), scores.shape[1]), np.float32)
        if len(medians):
            for column, values in enumerate(scores.T):  # scipy is fast in one dimension only
                medians[:, column] = median_filter(values, 2 * half + 1)[half:-half]
        return medians


def _merged(events: list[Event], gap: float) -> list[Event]:
    """Events of one class in order, those that are close to each other as one."""
    merged: list[Event] = []
    for event in events:
        if merged and event.onset - merged[-1].offset <= gap + EXACT:
            last = merged.pop()
            event = Event(last.label, last.onset, event.offset, max(last.score, event.score))
        merged.append(event)
    return merged
