"""All checks, side by side, each in a process of its own and under a time limit."""

from collections.abc import Iterator
from dataclasses import dataclass

from epanns.doctor.result import CheckResult
from epanns.isolated import IsolatedError, IsolatedProcess, NoAnswerError

RESTART_SOUND = "restart the computer's sound system; --source sample runs without it"
LOOK_AT_DISK = "see that the disk answers"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        topic: what it is called where it gives no answer.
        program: what runs it, after python -m. The checks are named here, not imported: one
            whose packages are missing shall fail alone.
        limit: seconds it may take; a multiple of what it takes on a slow computer.
        todo: what to do where it gives no answer.
        vital: whether the program can do nothing useful where it gives no answer.
        first: whether the checks after it say nothing where it finds what stops the program.
    """

    topic: str
    program: tuple[str, ...]
    limit: float
    todo: str = ""
    vital: bool = False
    first: bool = False


def _own(module: str, function: str) -> tuple[str, ...]:
    """The program that runs a function of this package."""
    return ("epanns.isolated", f"epanns.doctor.{module}", function)


CHECKS = (
    Check("Python", _own("software", "python"), 15, vital=True, first=True),
    Check("packages", _own("software", "packages"), 15, LOOK_AT_DISK),
    Check("packages", _own("software", "imports"), 60),
    Check("settings", _own("software", "settings"), 20, vital=True),
    Check("sound system", _own("sound", "sound_system"), 15, RESTART_SOUND),
    Check("microphone", _own("microphone", "microphone"), 20, RESTART_SOUND),
    Check("sample", _own("sound", "sample"), 20),
    Check(
        "display", ("gui.display_check",), 15, "run it with --text: the bars appear in the terminal"
    ),
    Check("weights", _own("weights", "weights"), 60, LOOK_AT_DISK),
    Check("scores", _own("weights", "scores"), 60, vital=True),
    Check("internet", _own("internet", "internet"), 12),
    Check("disk", _own("machine", "disk"), 15, LOOK_AT_DISK),
    Check("processor", _own("machine", "processor"), 15),
    Check("memory", _own("machine", "memory"), 15),
)


def examine(checks: tuple[Check, ...] = CHECKS) -> Iterator[CheckResult]:
    """Run checks; their findings in order, each as soon as it and those before it are there.

    Ends after the longest of their limits at the latest, and leaves no process behind.
    """
    running = [(check, IsolatedProcess(check.program, check.limit)) for check in checks]
    try:
        for check, process in running:
            try:
                findings = [CheckResult(**finding) for finding in process.answer()]
            except IsolatedError as error:  # which says what to do if the function itself failed
                todo = check.todo if isinstance(error, NoAnswerError) else ""
                findings = [CheckResult(check.topic, "bad", str(error), todo, stops=check.vital)]
            yield from findings
            if check.first and any(finding.stops for finding in findings):
                return
    finally:
        for _, process in running:
            process.end()
