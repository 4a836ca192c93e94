"""python -m epanns.doctor [--json]: the doctor where not even click is installed."""

import sys

from epanns.console import standard_streams, tell
from epanns.doctor import report
from epanns.doctor.runner import examine


def main(as_json: bool) -> int:
    """Examine this computer and write the report on standard output.

    Returns:
        The exit code: 1 if the program can do nothing useful here.
    """
    if as_json:
        findings = list(examine())
        print(report.as_json(findings))
    else:
        tell("Looking around, and listening to the microphone for two seconds: make some noise.\n")
        findings = report.show(examine(), sys.stdout)
        print(f"\n{report.verdict(findings)}")
    return 0 if report.useful(findings) else 1


if __name__ == "__main__":
    with standard_streams():
        sys.exit(main("--json" in sys.argv[1:]))
