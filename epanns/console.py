"""Messages to the user on standard error, and a standard error that holds nothing else."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import os
import sys
from collections.abc import Iterator
from typing import IO

from epanns.errors import cause
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


class _Output(io.TextIOWrapper):
    """Standard output, which notes what was wrong when it could not be written."""

    failure: OSError | None = None

    def write(self, text: str) -> int:
        with self._noting():
            return super().write(text)

    def flush(self) -> None:
        with self._noting():
            super().flush()

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error
            raise


@contextlib.contextmanager
def standard_streams() -> Iterator[None]:
    """Run a program with its standard streams, whatever they are; for programs only.

    A stream that the caller has closed is opened: no file of the program may take its descriptor,
    which libraries write to. What cannot be written to standard output becomes one sentence, and
    the program ends with status 1; where its reader has ended, as `| head` does, it ends quietly.
    """
    output = _open_streams()
    error: BaseException | None = None
    try:
        yield
    except (SystemExit, OSError) as raised:
        error = raised
    with contextlib.suppress(OSError):
        output.flush()
    if output.failure is not None:
        forget_output()
        if not isinstance(output.failure, BrokenPipeError):
            tell(f"The output cannot be written: {cause(output.failure)}.")
            sys.exit(1)
    elif isinstance(error, OSError):
        tell(f"{error.filename or 'A file'} cannot be used: {cause(error)}.")
        sys.exit(1)
    if isinstance(error, SystemExit):
        raise error


def _open_streams() -> _Output:
    """Open the standard streams that are closed, the output so that writing to it fails."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # it is the lowest descriptor that is free
            os.open(os.devnull, os.O_WRONLY if number == 2 else os.O_RDONLY)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False, errors="backslashreplace")
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    now = sys.stdout
    assert isinstance(now, io.TextIOWrapper)
    encoding, errors, by_line = now.encoding, now.errors, now.line_buffering
    sys.stdout = output = _Output(now.detach(), encoding, errors, line_buffering=by_line)
    return output


def forget_output(file: IO[str] | None = None) -> None:
    """Let what is still to be written go nowhere.

    So the end of a program is quiet whose reader has ended, as `| head` does, or whose disk is
    full.

    Args:
        file: an open file; None for standard output, for programs only.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, (file or sys.stdout).fileno())
    os.close(nowhere)


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
