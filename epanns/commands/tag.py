"""python -m epanns tag: which sounds are in recordings."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.audio.selection import ChannelChoice, SoundSelection
from epanns.commands import file_options
from epanns.storage.existence import exists

if TYPE_CHECKING:
    from epanns.files.outputs.output import RecordingOutput, ScoringRun
    from epanns.files.tagging import RecordingTags, ScoringPlan
    from epanns.vocabulary.vocabulary import Vocabulary

FORMS = {".json": "json", ".jsonl": "json", ".csv": "csv", ".h5": "hdf5", ".hdf5": "hdf5"}


@click.command()
@file_options.PATHS
@file_options.MODEL
@click.option(
    "--top-k", type=click.IntRange(1), default=5, show_default=True, metavar="K",
    help="Classes that are written; --hdf5 holds all.",
)  # fmt: skip
@click.option(
    "--segments",
    is_flag=True,
    help="Write each segment, too; table and CSV hold the segments alone then.",
)
@file_options.SEGMENT
@file_options.HOP
@click.option("--json", "form", flag_value="json", help="One JSON object a recording.")
@click.option("--csv", "form", flag_value="csv", help="A CSV row a class.")
@click.option(
    "--hdf5", "form", flag_value="hdf5", help="An HDF5 file with all scores; needs --out."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write to this file instead of standard output; an ending .json, .csv or .h5 says in which"
    " form, if no flag does.",
)  # fmt: skip
@file_options.RESUME
@file_options.TRACK
@file_options.CHANNEL
@file_options.WORKERS
@file_options.DASK
def tag(
    paths: tuple[str, ...],
    model: str,
    top_k: int,
    segments: bool,
    segment: float,
    hop: float | None,
    form: str | None,
    out: Path | None,
    resume: bool,
    track: int | None,
    channel: ChannelChoice,
    workers: int,
    dask: str | None,
) -> None:
    """Say which sounds are in recordings.

    PATH is a file, a folder (with all folders in it, linked ones once) or a pattern. The score of a
    recording is the mean and the maximum of the scores of its segments, averaged; both are given as
    well and, for recordings up to 30 s, the scores of one pass over the whole.

    Each recording is written once it is complete. One that cannot be read is reported, the others
    go on, and the command ends with status 1. What is wrong with one that can only be read in part
    is said, too.
    """
    if form is None and out is not None:
        form = FORMS.get(out.suffix.lower())
    if form == "hdf5" and out is None:
        raise click.UsageError("--hdf5 needs --out FILE.")
    if resume and (out is None or form is None):
        raise click.UsageError("--resume needs --out FILE and one of --json, --csv and --hdf5.")

    from epanns.files import pipeline
    from epanns.files.find import find
    from epanns.files.outputs.output import check_new, run_of
    from epanns.files.tagging import ScoringPlan

    size, step = file_options.samples(segment, hop)
    plan = ScoringPlan(size, step, scores=segments, selection=SoundSelection(track, channel))
    files = find(paths)
    if not resume:
        check_new(out)  # before the network opens, which may take long
    with pipeline.opened(model, workers, dask) as (pool, network):
        run = run_of(model, network, plan, 0 if form == "hdf5" else top_k)
        output = _output(form, run, plan, network.vocabulary, out, resume, files)
        if file_options.work(files, plan, output, pool):
            raise click.exceptions.Exit(1)


def _output(
    form: str | None,
    run: "ScoringRun",
    plan: "ScoringPlan",
    vocabulary: "Vocabulary",
    out: Path | None,
    resume: bool,
    files: Sequence[Path],
) -> "RecordingOutput[RecordingTags]":
    """The output of the options."""
    if form == "hdf5" and out is not None:
        from epanns.files.outputs.hdf5 import Hdf5Output

        return Hdf5Output(out, run, plan, vocabulary, resume, files)

    from epanns.files.outputs.csv_rows import CsvRows
    from epanns.files.outputs.json_lines import JsonLines
    from epanns.files.outputs.table import TextTable
    from epanns.files.outputs.text_output import open_text, reopen_text

    if form is None:
        return open_text(TextTable(run, vocabulary), run, out)
    lasting = JsonLines(run, vocabulary) if form == "json" else CsvRows(run, vocabulary)
    if resume and out is not None and exists(out):
        return reopen_text(lasting, run, out, files)
    return open_text(lasting, run, out)
