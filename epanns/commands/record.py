"""python -m epanns record: keep what is heard, and all scores, in a file."""

import math
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.console import own_stderr, tell
from epanns.paths import COMMAND
from epanns.storage.existence import exists

if TYPE_CHECKING:
    from epanns.live.contract import TaggerEngine
    from epanns.status import Status

LOOK_EVERY = 0.1  # seconds
SOUND = {".wav", ".flac", ".ogg", ".mp3", ".m4a", ".opus", ".aiff", ".aif"}
REDRAW = "\r\x1b[K"  # to the beginning of the line, and clear it


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.h5",
    help="Where to; nothing may be there yet. Default: a file named by date and time in"
    " recordings/.",
)  # fmt: skip
@click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[SETTINGS]")
def record(out: Path | None, flags: tuple[str, ...]) -> None:
    """Record what is heard: the sound and all scores of each update, in one HDF5 file.

    SETTINGS are those of live, such as --source, --microphone, --model, --hop; live --help lists
    them. With --seconds N it ends after N seconds of sound, else by Ctrl+C or where a file ends.

    Whatever happens to the program or the computer, the file holds all but the last 2 seconds.
    """
    from epanns.live.engine import Engine
    from epanns.settings import load_settings
    from epanns.views.status_text import notice

    own_stderr()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = load_settings(flags)
    if out is not None and out.suffix.lower() in SOUND:
        raise click.ClickException(
            f"A recording is an HDF5 file with all scores; record into {out.with_suffix('.h5')},"
            f" then {COMMAND} export {out.with_suffix('.h5')} --as wav."
        )
    if out is not None and exists(out):
        raise click.ClickException(f"{out} is there already; choose another name.")
    clear = REDRAW if sys.stderr.isatty() else ""
    say = lambda content: tell(notice(content), clear)  # noqa: E731
    engine = Engine(settings, tell=say, stand_in=False)
    code = 0
    try:
        engine.record(out)
        engine.start()
        code = _watch(engine, settings.seconds or math.inf)
    except KeyboardInterrupt:
        pass
    finally:
        engine.stop_recording()
        engine.close()
    sys.exit(code)


def _watch(engine: "TaggerEngine", seconds: float) -> int:
    """Say how far it is until it is over; return the exit code."""
    from epanns.status import ModelPhase, SourcePhase

    begun = False
    while True:
        time.sleep(LOOK_EVERY)
        done, status = engine.done, engine.status()
        recording = status.recording
        if status.source.phase is SourcePhase.FAILED:
            tell(status.source.reason)
            return 1
        if status.model.phase is ModelPhase.FAILED:
            return 1  # the engine has told why
        if recording is not None and recording.seconds >= seconds:
            return 0
        if done:
            if status.source.reason:
                tell(status.source.reason)  # what was wrong with the file
            return 0
        if begun and recording is None:
            return 1  # the recorder has told why
        begun = recording is not None
        if sys.stderr.isatty():
            _draw(engine, status)


def _draw(engine: "TaggerEngine", status: "Status") -> None:
    """One line on what is going on."""
    from epanns.formatting import visible, whole_per_cent
    from epanns.views import status_text

    latest = engine.latest
    heard = [f"{name} {whole_per_cent(score)}" for name, score in latest.top(1)] if latest else []
    parts = [status_text.recording(status.recording), *heard]
    sys.stderr.write(REDRAW + visible(" | ".join(parts))[:78])
    sys.stderr.flush()
