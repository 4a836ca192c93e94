"""The window as a program of its own: the engine, and so its commands, know no window."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import NoReturn

from epanns.paths import ROOT


def show(flags: Sequence[str]) -> NoReturn:
    """Run demo_tag.py until it ends, and end with its exit code.

    Args:
        flags: its settings.
    """
    program = subprocess.Popen([sys.executable, str(ROOT / "demo_tag.py"), *flags])
    signal.signal(signal.SIGTERM, lambda *_: program.terminate())
    while True:
        try:
            sys.exit(program.wait())
        except KeyboardInterrupt:  # which the program gets, too, and ends
            continue
