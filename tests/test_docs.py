"""README and docs tell the truth: their tables are the code's, and every command in them runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from epanns.settings import Settings, allowed
from epanns.zoo import catalogue
from tests.support.programs import ROOT, environment, watched

PAGES = {
    path: path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
README = PAGES[ROOT / "README.md"]
MOST_LINES = 160  # of the README
COMMANDS = [
    line
    for page in PAGES.values()
    for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    for line in block.splitlines()
    if line
]
# What is run in another way: the tests by whoever runs this, the demo with an end to it below, and
# the benchmark, which takes minutes, part by part in tests/scripts.
SCRIPTS = ["scripts/demo", "scripts/test"]
BENCHMARK = "scripts/bench --start --window --json figures.json"
EXAMPLE = "recordings/example.h5"
SESSION = [line for line in COMMANDS if EXAMPLE in line]  # each needs what the first one wrote
OTHERWISE = (*SCRIPTS, BENCHMARK, *SESSION)
HEARD = re.compile(r"  \S.*  \d\.\d\d( █*)?$|\{")  # a bar, or a prediction of --json
SINGLE = [line for line in dict.fromkeys(COMMANDS) if line not in OTHERWISE]
OUTPUTS = [ROOT / name for name in re.findall(r" --(?:out|plot) (\S+)", "\n".join(SINGLE))]


@pytest.fixture(scope="session")
def outputs() -> Iterator[None]:
    """Nothing that the commands write is there before, nor afterwards."""

    def remove() -> None:
        for path in OUTPUTS:
            path.unlink(missing_ok=True)
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)  # what export makes

    remove()
    yield
    remove()


def settings_table() -> str:
    rows = ["| setting | default | takes | what it is |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, bool):
            default = "yes" if default else "no"
        shown = "" if default is None else default
        meaning = re.sub(r", -?[\d.]+ to [\d.]+$", "", field.description or "")
        rows.append(f"| `{name}` | {shown} | {allowed(name)} | {meaning} |")
    return "\n".join(rows)


def test_the_table_of_settings_is_that_of_the_program() -> None:
    assert settings_table() in PAGES[ROOT / "docs" / "settings.md"]


def networks_table() -> str:
    """The table of networks, from the entries of the zoo."""
    rows = [
        "| name | network | values learnt | size | AudioSet mAP as published |",
        "|---|---|---|---|---|",
    ]
    for name in catalogue.names():
        weights = catalogue.weights_of(name)
        found = weights.mean_average_precision
        unmeasured = "none: it names no sounds"
        if weights.ships:
            unmeasured = f"not measured there, see its [card](../models/{name}.md)"
        measured = f"{found:.3f}" if found else unmeasured
        size = f"{weights.megabytes:g} MB"
        learnt = f"{(weights.learnt or 0) / 1e6:.2f} M"
        rows.append(f"| `{name}` | {weights.purpose} | {learnt} | {size} | {measured} |")
    return "\n".join(rows)


def test_the_table_of_networks_is_that_of_the_zoo() -> None:
    assert networks_table() in PAGES[ROOT / "docs" / "networks.md"]


def test_every_file_that_a_page_points_to_is_there() -> None:
    for page, text in PAGES.items():
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert "://" in target or (page.parent / target).exists(), (page, target)


def test_the_readme_can_be_read_at_one_sitting_and_leads_to_every_page() -> None:
    assert len(README.splitlines()) <= MOST_LINES
    for page in PAGES:
        assert page.parent == ROOT or f"](docs/{page.name})" in README, page


def in_bash(line: str) -> tuple[list[str], dict[str, str]]:
    """What runs a line as a user does who has activated .venv."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return ["bash", "-c", line], environment(PATH=path)


def run(line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line to its end."""
    command, env = in_bash(line)
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def watch(line: str, wanted: re.Pattern[str] = HEARD) -> "subprocess.CompletedProcess[str]":
    """Run a line of the live program until it shows what it hears, and end it."""
    command, env = in_bash(line)
    written = []
    with watched(command, env) as program:
        assert program.stdout is not None
        for text in program.stdout:
            written.append(text)
            if wanted.match(text):
                break
        program.terminate()
        _, errors = program.communicate(timeout=60)
    return subprocess.CompletedProcess(command, program.returncode, "".join(written), errors)


@pytest.mark.usefixtures("outputs")
@pytest.mark.parametrize("line", SINGLE)
def test_every_command_runs(line: str) -> None:
    live = ("demo_tag.py" in line or "replay" in line) and "--help" not in line
    result = watch(line) if live else run(line)
    assert result.returncode == 0, result.stderr
    assert result.stdout or result.stderr
    assert not live or HEARD.match(result.stdout.splitlines()[-1]), result.stdout
    assert "Traceback" not in result.stderr


def test_a_session_is_recorded_replayed_and_exported() -> None:
    def remove() -> None:
        (ROOT / EXAMPLE).unlink(missing_ok=True)
        shutil.rmtree((ROOT / EXAMPLE).with_suffix(""), ignore_errors=True)

    remove()
    try:
        assert len(SESSION) == 3
        for line in SESSION:
            test_every_command_runs(line)
    finally:
        remove()


def test_the_two_commands_are_there_and_the_demo_ends_with_live_bars() -> None:
    assert [line for line in COMMANDS if line in SCRIPTS] == SCRIPTS
    assert all(os.access(ROOT / script, os.X_OK) for script in SCRIPTS)
    speech = re.compile(r"  Speech .*█")
    result = watch("scripts/demo", speech)
    assert result.returncode == 0, result.stderr
    assert speech.match(result.stdout.splitlines()[-1])


def in_python(code: str, folder: Path = ROOT, **extra: str) -> str:
    """Run code to its end, and return what it says."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def blocks(page: str, kind: str) -> list[str]:
    """The blocks of code of a kind in a page of docs/."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGES[ROOT / "docs" / page], re.DOTALL)


def test_the_python_example_works() -> None:
    (example,) = blocks("files.md", "python")
    assert "Speech" in in_python(example)


def test_every_python_example_is_run_here() -> None:
    pages = [page.name for page, text in PAGES.items() if "```python" in text]
    assert pages == ["files.md", "networks.md"]


def test_the_network_of_ones_own_works_from_python_and_in_every_command(tmp_path: Path) -> None:
    module, use = blocks("networks.md", "python")
    (commands,) = blocks("networks.md", "sh")
    (tmp_path / "tiny_gru.py").write_text(module)
    shutil.copy(ROOT / "config" / "sample.flac", tmp_path)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    assert {"Cat", "Dog"} <= set(re.findall(r"\w+", in_python(use, tmp_path, PYTHONPATH=path)))
    export, *lines = commands.splitlines()
    export = export.replace("PYTHONPATH=.", f"PYTHONPATH=.:{ROOT}")
    for line in lines:
        typed = line.replace("epanns ", f"{sys.executable} -m epanns ", 1)
        command, env = in_bash(f"{export}; {typed}")
        result = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        assert "tiny_gru" in result.stdout or "Dog" in result.stdout, line
