"""Measures of a detection in plain text."""

import math
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean

from epanns.detection.event_metrics import COLLAR, SEGMENT, EventMetrics, Tally
from epanns.vocabulary.vocabulary import Vocabulary

RATES: dict[str, Callable[[Tally], float]] = {
    "F1": lambda tally: tally.f1,
    "ER": lambda tally: tally.error_rate,
    "prec.": lambda tally: tally.precision,
    "recall": lambda tally: tally.recall,
}
NAME = 24  # letters


def figures(measured: EventMetrics) -> str:
    """The figures over all classes in one line."""
    kinds = {"segments": measured.segments, "events": measured.events}
    return "    ".join(
        f"{name}: F1 {_short(tally.f1)}, error rate {_short(tally.error_rate)}"
        for name, tally in kinds.items()
    )


def report(
    measured: EventMetrics, recordings: int, share: float, vocabulary: Vocabulary
) -> Iterator[str]:
    """All figures as lines: over all instances, the mean of the classes, and of each class.

    Args:
        measured: the figures.
        recordings: how many they are of.
        share: of the length of an event, see epanns.detection.event_metrics.event_based.
        vocabulary: the classes.
    """
    by_class = measured.by_class
    yield (
        f"Compared with the reference of {_count(recordings, 'recording')},"
        f" {_count(len(by_class), 'class', 'es')}:"
    )
    head = "".join(f"{name:>8}" for name in RATES)
    yield f"{'':{NAME}}{f'segments of {SEGMENT:g} s':>32}{'events':>32}"
    yield f"{'':{NAME}}{head}{head}{'expected':>10}{'found':>7}"
    yield _row("all", measured.segments, measured.events)
    means = [_means([pair[kind] for pair in by_class.values()]) for kind in (0, 1)]
    yield f"{'mean of the classes':{NAME}}{means[0]}{means[1]}"
    for label, pair in by_class.items():
        yield _row(vocabulary.names[label][: NAME - 1], *pair)
    yield (
        f"ER is the error rate. Events agree where onsets are within {1000 * COLLAR:.0f} ms, and"
        f" offsets within that or {100 * share:g} % of the length."
    )


def _row(name: str, segments: Tally, events: Tally) -> str:
    rates = _means([segments]) + _means([events])
    return f"{name:{NAME}}{rates}{events.references:10}{events.outputs:7}"


def _means(tallies: Sequence[Tally]) -> str:
    """The mean of each rate over those that have it."""
    rates = ([rate(tally) for tally in tallies] for rate in RATES.values())
    known = ([value for value in values if not math.isnan(value)] for values in rates)
    return "".join(f"{fmean(values):8.3f}" if values else f"{'-':>8}" for values in known)


def _short(rate: float) -> str:
    return "-" if math.isnan(rate) else f"{rate:.2f}"


def _count(number: int, what: str, plural: str = "s") -> str:
    return f"{number} {what}{'' if number == 1 else plural}"
