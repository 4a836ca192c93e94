"""The result of a check."""

from dataclasses import dataclass, field
from typing import Any, Literal

Mark = Literal["good", "warning", "bad", "muted"]


@dataclass(frozen=True)  # no slots: an old Python must be able to report that it is too old
class CheckResult:
    """One line of the doctor's report.

    Attributes:
        topic: what was looked at, in a word.
        mark: "good"; "warning", it works but not as it should; "bad", it does not work; "muted", it
            is missing or was not tried, and is not needed.
        found: what was found, in words.
        todo: what to do about it; "" for nothing.
        stops: whether the program can do nothing useful because of it.
        figures: what was measured, by name, with the unit in the name.
    """

    topic: str
    mark: Mark
    found: str
    todo: str = ""
    stops: bool = False
    figures: dict[str, Any] = field(default_factory=dict)
