"""python -m epanns doctor: its report and its exit code; the checks are tested by themselves."""

import json

import pytest
from click.testing import CliRunner, Result

from epanns.commands.doctor import doctor
from epanns.doctor import __main__ as program
from epanns.doctor.result import CheckResult

GOOD = CheckResult("memory", "good", "16 GB", figures={"total_bytes": 16e9})
BAD = CheckResult("microphone", "bad", "none is connected", "plug one in")
FATAL = CheckResult("scores", "bad", "no network", "restore it", stops=True)


def run(monkeypatch: pytest.MonkeyPatch, findings: list[CheckResult], *flags: str) -> Result:
    monkeypatch.setattr(program, "examine", lambda: iter(findings))
    return CliRunner().invoke(doctor, flags)


def test_the_report_ends_with_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, [GOOD, BAD])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].endswith("16 GB")
    assert result.stdout.splitlines()[-1] == "The program runs here; worth a look: microphone."
    assert "make some noise" in result.stderr


def test_it_fails_only_where_nothing_useful_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, [GOOD, BAD]).exit_code == 0
    assert run(monkeypatch, [GOOD, FATAL]).exit_code == 1
    assert run(monkeypatch, [GOOD, FATAL], "--json").exit_code == 1


def test_json_is_all_there_is_on_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.loads(run(monkeypatch, [GOOD, BAD], "--json").stdout)
    assert content["useful"] and len(content["findings"]) == 2
