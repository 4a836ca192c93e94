#!/usr/bin/env python3
"""Listen to a microphone and show, live, which sounds are heard.

    python demo_tag.py              a window with live bars
    TOP_K=10 python demo_tag.py     ten of them
    python demo_tag.py --help       every setting

Without a display the bars appear in the terminal.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main() is there to end in order

import os
import sys
import threading
from typing import TYPE_CHECKING

from epanns.blas import use_one_thread
from epanns.console import own_stderr, standard_streams, tell
from epanns.errors import SettingsError
from epanns.settings import Settings, load_settings
from epanns.vocabulary.audioset import tell_problems

if TYPE_CHECKING:
    from epanns.live.contract import TaggerEngine


def main(flags: list[str]) -> int:
    """Run the program; return its exit code."""
    use_one_thread(os.environ)
    own_stderr()
    tell_problems()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        settings = load_settings(flags)
        if settings.text or settings.plain or settings.json_lines:
            return _run_in_terminal(settings)
        return _run_in_window(settings)
    except SettingsError as error:
        tell(str(error))
        return 2
    except KeyboardInterrupt:
        return 0


def _run_in_window(settings: Settings) -> int:
    from gui.app import DisplayError, run

    def make_engine() -> "TaggerEngine":
        from epanns.live.engine import Engine
        from epanns.views.status_text import notice

        say = lambda content: tell(notice(content))  # noqa: E731
        return Engine(settings, tell=say, stand_in=not settings.kiosk)

    try:
        run(make_engine, settings)
    except DisplayError as error:
        tell(f"{error} Showing bars in the terminal.")
        return _run_in_terminal(settings)
    return 0


def _run_in_terminal(settings: Settings) -> int:
    from epanns.views import terminal

    return terminal.run(settings)


if __name__ == "__main__":
    with standard_streams():
        code = main(sys.argv[1:])
    if threading.active_count() > 1:
        # A thread that still imports torch or hangs in the sound system must not keep us.
        os._exit(code)
    sys.exit(code)
