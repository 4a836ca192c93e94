"""python -m epanns replay: show a recording session as if it were live."""

import signal
import subprocess
import sys
from pathlib import Path

import click

from epanns.commands.session_file import tell_if_cut_off
from epanns.paths import ROOT


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[SETTINGS]")
def replay(file: Path, flags: tuple[str, ...]) -> None:
    """Show the recording session FILE in the window as if it were live.

    The scores are those that were recorded, nothing is scored again. SETTINGS are those of
    demo_tag.py, such as --top-k, --classes, --loop, or --text for the terminal.
    """
    from epanns.sessions.reader import Session

    with Session(file) as session:
        tell_if_cut_off(session)
    # A program of its own: the engine knows no window.
    command = [sys.executable, str(ROOT / "demo_tag.py"), "--source", str(file), *flags]
    program = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda *_: program.terminate())
    while True:
        try:
            sys.exit(program.wait())
        except KeyboardInterrupt:  # which the program gets, too, and ends
            continue
