"""Timing several things by turns, and what is said about them.

A shared or throttled machine is faster one minute than the next. Everything that is compared has a
turn in every round, and figures are medians over the rounds, ratios over those of each round.
"""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TURN = 0.25  # seconds that each contender has in each round
FEWEST_CALLS = 3  # in a turn, however long one takes


@dataclass(frozen=True)
class Row:
    """One line of the report.

    Attributes:
        name: what was measured.
        unit: of the figures; "x" for a ratio.
        rounds: the figure of each round.
        at_least, at_most: the goal for the median, if there is one.
    """

    name: str
    unit: str
    rounds: Sequence[float]
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        """Over the rounds."""
        return statistics.median(self.rounds)

    @property
    def goal(self) -> str:
        """The goal as text, "" if there is none."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None if there is none."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return self.median <= self.at_most if self.at_most is not None else None

    def as_json(self) -> dict[str, Any]:
        """The row with its statistics and every round, for json.dump."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "low": min(self.rounds),
            "high": max(self.rounds),
            "rounds": list(self.rounds),
            "goal": self.goal,
            "met": self.met,
        }


@dataclass(frozen=True)
class Section:
    """A subject of the report.

    Attributes:
        title: its heading.
        rows: its lines.
        notes: what a reader must know to read them rightly, a sentence or two each.
        data: what else is written to the JSON file.
    """

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def interleave(
    contenders: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Time contenders by turns.

    Args:
        contenders: what to call, by name. Each is called twice before, to warm up.
        rounds: how many turns each of them has; every other round goes backwards.

    Returns:
        For each contender the median seconds of one call, one number a round.
    """
    for call in contenders.values():
        call()
        call()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for _ in range(rounds):
        for name in names:
            seconds[name].append(_turn(contenders[name]))
        names.reverse()
    return seconds


def _turn(call: Callable[[], object]) -> float:
    """Median seconds of the calls that fit into a turn."""
    taken: list[float] = []
    end = time.perf_counter() + TURN
    while (began := time.perf_counter()) < end or len(taken) < FEWEST_CALLS:
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """The ratio in each round."""
    return [a / b for a, b in zip(numerators, denominators, strict=True)]


def scaled(values: Sequence[float], factor: float) -> list[float]:
    """Every value times a factor: seconds to milliseconds, say."""
    return [factor * value for value in values]


def digits(value: float) -> str:
    """A figure with three digits that count, and no more than are there."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
