"""python -m epanns replay: show a recording session as if it were live."""

from pathlib import Path

import click

from epanns.commands.session_file import tell_if_cut_off
from epanns.commands.window import show


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("flags", nargs=-1, type=click.UNPROCESSED, metavar="[SETTINGS]")
def replay(file: Path, flags: tuple[str, ...]) -> None:
    """Show the recording session FILE in the window as if it were live.

    The scores are those that were recorded, nothing is scored again. SETTINGS are those of
    live, such as --top-k, --classes, --loop, or --text for the terminal.
    """
    from epanns.sessions.reader import Session

    with Session(file) as session:
        tell_if_cut_off(session)
    show(("--source", str(file), *flags))
