"""python -m epanns export: a recording session as files for other programs."""

from pathlib import Path

import click

from epanns.commands.session_file import tell_if_cut_off
from epanns.console import tell
from epanns.errors import EpannsError, writing

FORMS = ("wav", "csv", "json", "labels", "picture")


@click.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Where to. Default: a folder beside FILE, named like it.",
)  # fmt: skip
@click.option(
    "--as", "forms", multiple=True, type=click.Choice(FORMS),
    help="wav: the sound. csv: all scores. json: all about it, and the ten best classes of each"
    " update. labels: events for Audacity. picture: spectrogram, classes over time, best classes."
    " Can be repeated. Default: all of them.",
)  # fmt: skip
@click.option(
    "--threshold", type=click.FloatRange(0.0, 1.0), default=0.3, show_default=True,
    help="Score from which on a class is an event, for labels.",
)  # fmt: skip
def export(
    files: tuple[Path, ...], into: Path | None, forms: tuple[str, ...], threshold: float
) -> None:
    """Turn the recording sessions FILE... into WAV, CSV, JSON, Audacity labels and a picture.

    Each keeps the classes of the network that it was recorded with.
    """
    failed = False
    for file in files:
        try:
            _export(file, into, forms or FORMS, threshold)
        except EpannsError as error:  # the others are exported all the same
            tell(str(error))
            failed = True
    if failed:
        raise click.exceptions.Exit(1)


def _export(file: Path, into: Path | None, forms: tuple[str, ...], threshold: float) -> None:
    from epanns.sessions import export as exports
    from epanns.sessions.reader import Session

    beside = file.with_suffix("") if file.suffix else file.with_name(f"{file.name} export")
    folder = into or beside
    with Session(file) as session:
        tell_if_cut_off(session)
        with writing(folder, exports.ExportError):
            folder.mkdir(parents=True, exist_ok=True)
        exports.check_new(session, folder, forms)
        for form in forms:
            click.echo(exports.export(session, folder, form, threshold))
