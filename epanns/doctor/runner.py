"""All checks, side by side, each in a process of its own and under a time limit."""

from collections.abc import Iterator
from dataclasses import dataclass

from epanns.child_process import ChildError, ChildProcess, NoAnswerError
from epanns.doctor.result import CheckResult

RESTART_SOUND = "restart the computer's sound system; --source sample runs without it"
LOOK_AT_DISK = "see that the disk answers"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        topic: the topic of its result where it gives no answer.
        function: "module:function". The checks are named here, not imported, so that one whose
            packages are missing fails alone.
        limit: seconds it may take; a multiple of what it takes on a slow computer.
        todo: what to do where it gives no answer.
        vital: whether the program can do nothing useful where it gives no answer.
        first: whether the report ends with it where it finds what stops the program.
    """

    topic: str
    function: str
    limit: float
    todo: str = ""
    vital: bool = False
    first: bool = False


CHECKS = (
    Check("Python", "epanns.doctor.software_check:python", 15, vital=True, first=True),
    Check("packages", "epanns.doctor.software_check:packages", 15, LOOK_AT_DISK),
    Check("packages", "epanns.doctor.software_check:imports", 60),
    Check("settings", "epanns.doctor.software_check:settings", 20, vital=True),
    Check("sound system", "epanns.doctor.sound_check:sound_system", 15, RESTART_SOUND),
    Check("microphone", "epanns.doctor.microphone_check:microphone", 20, RESTART_SOUND),
    Check("sample", "epanns.doctor.sound_check:sample", 20),
    Check(
        "display",
        "gui.display_check:display",
        15,
        "run it with --text: the bars appear in the terminal",
    ),
    Check("weights", "epanns.doctor.weights_check:weights", 60, LOOK_AT_DISK),
    Check("scores", "epanns.doctor.weights_check:scores", 60, vital=True),
    Check("internet", "epanns.doctor.internet_check:internet", 12),
    Check("disk", "epanns.doctor.machine_check:disk", 15, LOOK_AT_DISK),
    Check("processor", "epanns.doctor.machine_check:processor", 15),
    Check("memory", "epanns.doctor.machine_check:memory", 15),
)


def examine(checks: tuple[Check, ...] = CHECKS) -> Iterator[CheckResult]:
    """Run checks; yields their results in order, each once it and those before it have ended.

    Takes no longer than the longest of their limits, and ends all of its processes.
    """
    running = [(check, ChildProcess(check.function)) for check in checks]
    try:
        for check, process in running:
            try:
                findings = process.answer(check.limit)
            except ChildError as error:  # it says what to do if the function itself failed
                todo = check.todo if isinstance(error, NoAnswerError) else ""
                findings = [CheckResult(check.topic, "bad", str(error), todo, stops=check.vital)]
            yield from findings
            if check.first and any(finding.stops for finding in findings):
                return
    finally:
        for _, process in running:
            process.end()
