"""Options of the commands that work on many recordings: tag, embed, detect."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.audio.selection import ChannelChoice, channel_choice
from epanns.console import forget_output, tell

if TYPE_CHECKING:
    from epanns.files.outputs.output import RecordingOutput
    from epanns.files.task import RecordingTask, Result, WorkerPool


def _check_paths(
    context: click.Context, parameter: click.Parameter, paths: tuple[str, ...]
) -> tuple[str, ...]:
    if not all(paths):
        raise click.UsageError("A PATH is empty; . is this folder.")
    return paths


def _channel(context: click.Context, parameter: click.Parameter, text: str | None) -> ChannelChoice:
    try:
        return channel_choice(text or "")
    except ValueError as error:
        raise click.BadParameter(f"it must be {error}.") from None


def named(model: str) -> str:
    """The network that is meant by a word such as best, chosen once for all workers."""
    from epanns.zoo.recommendation import choose

    choice = choose(model)
    if choice.why:
        tell(choice.why)
    return choice.model


PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True, callback=_check_paths)
MODEL = click.option(
    "--model", metavar="NAME|PATH", default="starter", show_default=True,
    callback=lambda context, parameter, model: named(model),
    help="A name from the zoo, small, best, or a weights file.",
)  # fmt: skip
SEGMENT = click.option(
    "--segment", type=click.FloatRange(0.1, 30.0), default=1.0, show_default=True,
    metavar="SECONDS", help="Sound scored at a time.",
)  # fmt: skip
HOP = click.option(
    "--hop", type=click.FloatRange(0.02, 30.0), metavar="SECONDS",
    help="From one segment to the next. Default: the segment, so that they do not overlap.",
)  # fmt: skip
TRACK = click.option(
    "--track", type=click.IntRange(1), metavar="N",
    help="The audio track that is read where a file has several, as videos may. Default: the one"
    " that the file calls its default, else the first.",
)  # fmt: skip
CHANNEL = click.option(
    "--channel", metavar="N|mean|loudest", default=None, callback=_channel,
    help="The channel that is scored: its number from 1 on, the mean of all, or the loudest one."
    " Default: the mean, and the loudest where the mean is more than 6 dB below it.",
)  # fmt: skip
WORKERS = click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, metavar="N",
    help="Processes that score, each on one recording and one core.",
)  # fmt: skip
DASK = click.option(
    "--dask", metavar="ADDRESS",
    help="Score on a Dask cluster, where the recordings and this project are found under the same"
    " paths: tcp://host:port of its scheduler, or local for one that is started here, of --workers"
    " processes.",
)  # fmt: skip
RESUME = click.option(
    "--resume", is_flag=True,
    help="Go on with what is there: leave out recordings that it holds, but for those that have"
    " changed since or could be read in part only; try anew those that could not be read.",
)  # fmt: skip


def samples(segment: float, hop: float | None) -> tuple[int, int]:
    """Segment and hop in samples.

    Raises:
        click.UsageError: the hop is longer than the segment.
    """
    from epanns.frontend.parameters import SAMPLE_RATE

    hop = segment if hop is None else hop
    if hop > segment:
        raise click.UsageError(
            f"The hop of {hop:g} s must not exceed the segment of {segment:g} s."
        )
    return round(segment * SAMPLE_RATE), round(hop * SAMPLE_RATE)


def work(
    files: Sequence[Path],
    task: "RecordingTask[Result]",
    output: "RecordingOutput[Result]",
    pool: "WorkerPool",
) -> int:
    """Run epanns.files.pipeline.work; exit quietly where the reader of its output has ended.

    Returns:
        How many recordings could not be read.
    """
    from epanns.files import pipeline

    try:
        return pipeline.work(files, task, output, pool)
    except BrokenPipeError:  # as `| head` does
        forget_output()
        raise click.exceptions.Exit(0) from None
