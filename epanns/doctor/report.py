"""Findings for people and for programs."""

import json
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

from epanns.doctor.result import CheckResult, Mark

MARKS: dict[Mark, str] = {"good": "✓", "warning": "!", "bad": "✗", "muted": "·"}
PLAIN_MARKS: dict[Mark, str] = {"good": "+", "warning": "!", "bad": "x", "muted": "-"}
ARROW, PLAIN_ARROW = "→", "->"
TOPIC_WIDTH = 16
WIDEST = 110


def show(findings: Iterable[CheckResult], stream: TextIO) -> list[CheckResult]:
    """Write findings as they come, each with what to do below it; return them."""
    marks, arrow = _signs(stream)
    shown = []
    for finding in findings:
        _write(stream, finding.found, f"{marks[finding.mark]} {finding.topic:<{TOPIC_WIDTH}}")
        if finding.todo:
            _write(stream, finding.todo, f"{' ' * (TOPIC_WIDTH + 2)}{arrow} ")
        shown.append(finding)
    return shown


def verdict(findings: Sequence[CheckResult]) -> str:
    """All of it in a sentence."""
    if stopping := _topics(finding for finding in findings if finding.stops):
        return f"The program can do nothing useful here because of: {stopping}."
    if troubled := _topics(finding for finding in findings if finding.mark in ("warning", "bad")):
        return f"The program runs here; worth a look: {troubled}."
    return "Everything works here."


def useful(findings: Iterable[CheckResult]) -> bool:
    """Whether the program can do anything useful here."""
    return not any(finding.stops for finding in findings)


def as_json(findings: Sequence[CheckResult]) -> str:
    """All of it as one JSON object."""
    content = {"useful": useful(findings), "findings": [asdict(each) for each in findings]}
    return json.dumps(content, ensure_ascii=False)


def _topics(findings: Iterable[CheckResult]) -> str:
    return ", ".join(dict.fromkeys(finding.topic for finding in findings))


def _signs(stream: TextIO) -> tuple[dict[Mark, str], str]:
    """The marks and the arrow that a stream can show."""
    try:
        "".join([*MARKS.values(), ARROW]).encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return PLAIN_MARKS, PLAIN_ARROW
    return MARKS, ARROW


def _write(stream: TextIO, text: str, head: str) -> None:
    """Write a text behind a head, folded below itself.

    What the stream cannot show, in the name of a device say, is written as an escape.
    """
    width = min(shutil.get_terminal_size().columns, WIDEST) - 1
    folded = textwrap.fill(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
        break_long_words=False,
    )
    encoding = stream.encoding or "ascii"
    print(folded.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
