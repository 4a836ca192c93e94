"""python -m epanns embed: recordings as embeddings, for methods of one's own."""

from pathlib import Path

import click

from epanns.audio.selection import ChannelChoice, SoundSelection
from epanns.commands import file_options


@click.command()
@file_options.PATHS
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.h5",
    help="Write one HDF5 file for all recordings.",
)  # fmt: skip
@click.option(
    "--npz", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Write an NPZ file for each recording into this folder.",
)  # fmt: skip
@file_options.MODEL
@file_options.SEGMENT
@file_options.HOP
@file_options.RESUME
@file_options.TRACK
@file_options.CHANNEL
@file_options.WORKERS
@file_options.DASK
def embed(
    paths: tuple[str, ...],
    out: Path | None,
    npz: Path | None,
    model: str,
    segment: float,
    hop: float | None,
    resume: bool,
    track: int | None,
    channel: ChannelChoice,
    workers: int,
    dask: str | None,
) -> None:
    """Turn recordings into embeddings: the last hidden layer of a network, for each segment.

    PATH is a file, a folder (with all folders in it, linked ones once) or a pattern. An embedding
    is 2048 numbers wide for E-PANNs. Each recording is written once it is complete. One that cannot
    be read is reported, the others go on, and the command ends with status 1.
    """
    if (out is None) == (npz is None):
        raise click.UsageError("Give --out FILE.h5 or --npz FOLDER.")

    from epanns.files import pipeline
    from epanns.files.find import find
    from epanns.files.outputs.hdf5 import Hdf5Output
    from epanns.files.outputs.npz import ENDING, NpzFolder
    from epanns.files.outputs.output import (
        RecordingOutput,
        check_absent,
        check_new,
        files_in,
        run_of,
    )
    from epanns.files.tagging import RecordingTags, ScoringPlan

    size, step = file_options.samples(segment, hop)
    selection = SoundSelection(track, channel)
    plan = ScoringPlan(size, step, tags=False, embeddings=True, selection=selection)
    files = find(paths)
    if not resume:  # before the network opens, which may take long
        check_new(out)
        for file in files_in(npz, files, ENDING).values() if npz else ():
            check_absent(file)
    with pipeline.opened(model, workers, dask) as (pool, network):
        run = run_of(model, network, plan)
        output: RecordingOutput[RecordingTags]
        if npz is not None:
            output = NpzFolder(npz, run, files, resume)
        else:
            assert out is not None
            output = Hdf5Output(out, run, plan, network.vocabulary, resume, files)
        if file_options.work(files, plan, output, pool):
            raise click.exceptions.Exit(1)
