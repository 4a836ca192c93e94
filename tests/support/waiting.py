"""Waiting for what happens on another thread or in another program."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], seconds: float = 60.0, pause: float = 0.02) -> float:
    """Seconds until the condition held; the limit only keeps a hopeless test from waiting on.

    Args:
        condition: what is waited for.
        seconds: the limit.
        pause: seconds between looks.
    """
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it never happened"
        time.sleep(pause)
    return time.monotonic() - began
