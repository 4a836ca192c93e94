"""Waiting for what happens on another thread or in another program."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> float:
    """Seconds until the condition held; the limit only keeps a hopeless test from waiting on."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it never happened"
        time.sleep(0.02)
    return time.monotonic() - began
