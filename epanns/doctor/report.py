"""The results of the checks as text and as JSON."""

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
    """Write each result as it comes, with what to do below it; return all of them."""
    marks, arrow = _signs(stream)
    shown = []
    for finding in findings:
        _write(stream, finding.found, f"{marks[finding.mark]} {finding.topic:<{TOPIC_WIDTH}}")
        if finding.todo:
            _write(stream, finding.todo, f"{' ' * (TOPIC_WIDTH + 2)}{arrow} ")
        shown.append(finding)
    return shown


def verdict(findings: Sequence[CheckResult]) -> str:
    """All results in one sentence."""
    if stopping := _topics(finding for finding in findings if finding.stops):
        return f"The program can do nothing useful here because of: {stopping}."
    if troubled := _topics(finding for finding in findings if finding.mark in ("warning", "bad")):
        return f"The program runs here; worth a look: {troubled}."
    return "Everything works here."


def useful(findings: Iterable[CheckResult]) -> bool:
    """Whether the program can do anything useful here."""
    return not any(finding.stops for finding in findings)


def as_json(findings: Sequence[CheckResult]) -> str:
    """All results as one JSON object."""
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
    """Write a text after a head, wrapped and indented by the width of the head.

    Characters that the stream cannot show, in the name of a device for example, are escaped.
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
