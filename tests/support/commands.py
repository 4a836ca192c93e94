"""The commands of python -m epanns: as programs of their own, and in this process.

In this process a command runs in a fraction of the time. What it says and how it ends is the same;
what a program needs of its own is not proven by it: what is imported, signals, pipes.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from epanns.__main__ import main
from epanns.errors import EpannsError
from tests.support.programs import ROOT, environment


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Leave no handler of a command's behind."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class CommandRun:
    """How a command ended in this process, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def epanns_command(*words: object) -> list[str]:
    return [sys.executable, "-m", "epanns", *map(str, words)]


def epanns_program(*words: object, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run python -m epanns to its end."""
    env = environment(PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(epanns_command(*words), capture_output=True, text=True, cwd=cwd, env=env)


def epanns(*words: object, cwd: Path = ROOT) -> CommandRun:
    """Run a command in this process to its end.

    An error without a sentence for the user, which a program would end with a traceback, is raised.
    """
    with pytest.MonkeyPatch.context() as patch, _signals_kept():
        patch.chdir(cwd)
        patch.setenv("EPANNS_OFFLINE", "1")
        for command in ("detect", "pack", "record"):  # standard error here is pytest's
            patch.setattr(f"epanns.commands.{command}.own_stderr", lambda: None)
        done = CliRunner().invoke(main, [str(word) for word in words], prog_name="python -m epanns")
    error = done.exception
    if isinstance(error, EpannsError):
        return CommandRun(1, done.stdout, f"{done.stderr}{error}\n")
    if error is not None and not isinstance(error, SystemExit):
        raise error
    return CommandRun(done.exit_code, done.stdout, done.stderr)
