"""python -m epanns embed: recordings as embeddings, for methods of one's own."""

from pathlib import Path

import click

from epanns.commands import bulk


@click.command()
@bulk.PATHS
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.h5",
    help="Write one HDF5 file for all recordings.",
)  # fmt: skip
@click.option(
    "--npz", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Write an NPZ file for each recording into this folder.",
)  # fmt: skip
@bulk.MODEL
@bulk.SEGMENT
@bulk.HOP
@bulk.RESUME
@bulk.WORKERS
@bulk.DASK
def embed(
    paths: tuple[str, ...],
    out: Path | None,
    npz: Path | None,
    model: str,
    segment: float,
    hop: float | None,
    resume: bool,
    workers: int,
    dask: str | None,
) -> None:
    """Turn recordings into embeddings: the last hidden layer of a network, for each segment.

    PATH is a file, a folder or a pattern. An embedding is 2048 numbers wide for E-PANNs. Each
    recording is written once it is complete. One that cannot be read is reported, the others go on,
    and the command ends with status 1.
    """
    if (out is None) == (npz is None):
        raise click.UsageError("Give --out FILE.h5 or --npz FOLDER.")

    from epanns.outputs.hdf5 import Hdf5Output
    from epanns.outputs.npz import NpzFolder
    from epanns.outputs.output import Output
    from epanns.tagging import Plan

    size, step = bulk.samples(segment, hop)
    plan = Plan(model, size, step, tags=False, embeddings=True)
    files = bulk.find(paths)
    run = bulk.run_of(plan)
    output: Output
    if npz is not None:
        output = NpzFolder(npz, run, files, resume)
    else:
        assert out is not None
        output = Hdf5Output(out, run, plan, resume)
    bulk.work(files, plan, output, workers, dask)
