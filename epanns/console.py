"""Messages to the user on standard error, and a standard error that holds nothing else."""

import contextlib
import faulthandler
import os
import sys

from epanns.formatting import visible


def tell(sentence: str, begin: str = "") -> None:
    """Write a sentence to standard error; standard output is for data.

    Never fails: the calling thread must not end because standard error is closed.

    Args:
        sentence: one or several lines; it may hold names that a stranger has given.
        begin: written before it as it is.
    """
    if sys.stderr is not None:
        lines = "\n".join(map(visible, sentence.split("\n")))
        with contextlib.suppress(OSError, ValueError):
            print(f"{begin}{lines}", file=sys.stderr, flush=True)


def forget_output() -> None:
    """Let what is still to be written to standard output go nowhere.

    So the end of a program is quiet whose reader has ended, as `| head` does, or whose disk is
    full. For programs only.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def own_stderr() -> None:
    """Keep what C libraries write to standard error from the user's terminal.

    ALSA, JACK and PortAudio write dozens of lines to file descriptor 2 whenever they search for
    devices or lose one, from threads of their own. Python's sys.stderr moves to a copy of that
    descriptor, which itself becomes the null device; faulthandler still writes the trace of a
    crash. For programs only, at their start; a second call does nothing.
    """
    if sys.stderr is None or sys.stderr.fileno() != 2:
        return
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    faulthandler.enable(sys.stderr)
