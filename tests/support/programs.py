"""Running the real program as a user does, for the tests."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def without_settings(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without settings of the caller's."""
    return {k: v for k, v in env.items() if not k.startswith("EPANNS_") and k != "TOP_K"}


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without a display and without settings of the caller's."""
    kept = without_settings(os.environ)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        kept.pop(name, None)
    return {**kept, "EPANNS_OFFLINE": "1", **extra}


def command(*flags: str) -> list[str]:
    return [sys.executable, str(ROOT / "demo_tag.py"), *flags]


def demo(
    *flags: str, env: dict[str, str] | None = None, seconds: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run demo_tag.py to its end; the time limit only keeps a hanging program from blocking."""
    return subprocess.run(
        command(*flags),
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def watched(
    program: Sequence[str], env: Mapping[str, str], seconds: float = 120
) -> "Iterator[subprocess.Popen[str]]":
    """A program in the root folder whose outputs a test reads while it runs.

    It is killed if the test leaves it, and when the time limit is over, so that reading ends.
    """
    with subprocess.Popen(
        program, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        limit = threading.Timer(seconds, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


@contextmanager
def running(*flags: str, env: dict[str, str] | None = None) -> "Iterator[subprocess.Popen[str]]":
    """demo_tag.py while a test watches it."""
    with watched(command(*flags), env or environment()) as program:
        yield program


def predictions(output: str) -> list[dict[str, Any]]:
    """The objects of `--json`."""
    return [json.loads(line) for line in output.splitlines()]
