"""Findings for people and for programs."""

import io
import json

from epanns.doctor import report
from epanns.doctor.result import CheckResult

GOOD = CheckResult("memory", "good", "16 GB")
WARNING = CheckResult("display", "warning", "there is none", "use --text")
BAD = CheckResult("microphone", "bad", "none is connected", "plug one in")
ABSENT = CheckResult("others", "muted", "not here")
FATAL = CheckResult("scores", "bad", "no network", stops=True)


def shown(*findings: CheckResult, encoding: str = "utf-8") -> str:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding)
    assert report.show(iter(findings), stream) == list(findings)
    return written.getvalue().decode(encoding)


def test_each_line_has_a_mark_what_was_found_and_what_to_do() -> None:
    assert shown(GOOD, WARNING, BAD, ABSENT).splitlines() == [
        "✓ memory          16 GB",
        "! display         there is none",
        "                  → use --text",
        "✗ microphone      none is connected",
        "                  → plug one in",
        "· others          not here",
    ]


def test_long_lines_are_folded_below_themselves_and_paths_stay_whole() -> None:
    path = "/a/long/path/of-a-file/" + 80 * "x"
    lines = shown(CheckResult("models", "good", f"{20 * 'word '} {path}")).splitlines()
    assert len(lines) > 2 and path in lines[-1]
    assert all(line.startswith(18 * " ") for line in lines[1:])


def test_a_terminal_without_these_signs_gets_others() -> None:
    name = CheckResult("microphone", "good", "Mikrofon \N{BLACK HEART SUIT}", "turn it up")
    assert shown(name, encoding="ascii").splitlines() == [
        "+ microphone      Mikrofon \\u2665",
        "                  -> turn it up",
    ]


def test_the_verdict_names_what_needs_a_look() -> None:
    assert report.verdict([GOOD, ABSENT]) == "Everything works here."
    assert report.verdict([GOOD, WARNING, BAD, BAD]) == (
        "The program runs here; worth a look: display, microphone."
    )
    assert report.verdict([BAD, FATAL]) == (
        "The program can do nothing useful here because of: scores."
    )


def test_only_what_stops_the_program_makes_it_useless() -> None:
    assert report.useful([GOOD, WARNING, BAD, ABSENT])
    assert not report.useful([GOOD, FATAL])


def test_json_holds_all_of_it() -> None:
    finding = CheckResult("memory", "good", "16 GB", figures={"total_bytes": 16_000_000_000})
    content = json.loads(report.as_json([finding, FATAL]))
    assert content["useful"] is False
    assert content["findings"][0] == {
        "topic": "memory",
        "mark": "good",
        "found": "16 GB",
        "todo": "",
        "stops": False,
        "figures": {"total_bytes": 16_000_000_000},
    }
    assert [each["topic"] for each in content["findings"]] == ["memory", "scores"]
