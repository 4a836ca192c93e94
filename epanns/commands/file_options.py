"""What the commands that score many recordings have in common."""

import os
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.console import tell
from epanns.errors import WeightsError, cause

if TYPE_CHECKING:
    from epanns.files.outputs.output import RecordingOutput, ScoringRun
    from epanns.files.tagging import PartialScores, RecordingTags, ScoringPlan

PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True)
MODEL = click.option(
    "--model", metavar="NAME|PATH", default="starter", show_default=True,
    help="A name from the zoo or a weights file.",
)  # fmt: skip
SEGMENT = click.option(
    "--segment", type=click.FloatRange(0.1, 30.0), default=1.0, show_default=True,
    metavar="SECONDS", help="Sound scored at a time.",
)  # fmt: skip
HOP = click.option(
    "--hop", type=click.FloatRange(0.02, 30.0), metavar="SECONDS",
    help="From one segment to the next. Default: the segment, so that they do not overlap.",
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
    help="Go on with what is there: leave out recordings that it holds, and try anew those that"
    " could not be read.",
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


def run_of(plan: "ScoringPlan", top_k: int = 0) -> "ScoringRun":
    """What outputs say of a run."""
    from epanns.files.outputs.output import ScoringRun
    from epanns.frontend.parameters import SAMPLE_RATE
    from epanns.zoo import catalogue

    name = plan.model if catalogue.is_published(plan.model) else _with_checksum(plan.model)
    segment, hop = plan.segment / SAMPLE_RATE, plan.hop / SAMPLE_RATE
    return ScoringRun(name, segment, hop, plan.scores, top_k)


def _with_checksum(model: str) -> str:
    """The name of a weights file, and which contents it has: others may get its name."""
    from epanns.zoo import catalogue

    try:
        weights = catalogue.resolve(model)
    except OSError as error:
        raise WeightsError(f"The weights {model} cannot be read: {cause(error)}.") from None
    return f"{weights.name}@{weights.checksum[:12]}"


def find(paths: Sequence[str]) -> list[Path]:
    """The recordings that are meant; says what was left out."""
    from epanns.files.read import expand

    if not all(paths):
        raise click.UsageError("A PATH is empty; . is this folder.")
    left_out: Counter[str] = Counter()
    files = expand(paths, left_out)
    if left_out:
        kinds = ", ".join(f"{count} {kind}" for kind, count in left_out.most_common())
        tell(f"Left out, as they are no sound: {kinds}.")
    if not files:
        raise click.ClickException(f"There are no recordings in {', '.join(paths)}.")
    return files


def work(
    files: Sequence[Path],
    plan: "ScoringPlan",
    output: "RecordingOutput",
    workers: int,
    dask: str | None,
) -> None:
    """Score recordings into an output, and say how it goes and went.

    Raises:
        click.exceptions.Exit: with status 1, where some could not be read.
        EpannsError: the network cannot be opened, or the output not be written.
    """
    from epanns.commands.progress import RecordingsProgress
    from epanns.files.tagging import PartialScores

    to_do = [path for path in files if not output.holds(path)]
    if len(to_do) < len(files):
        tell(f"{len(files) - len(to_do)} of {len(files)} recordings are done already.")
    began = time.monotonic()
    failures, seconds = 0, 0.0
    messages = _messages(to_do, plan, workers, dask)
    try:
        with closing(messages), RecordingsProgress(to_do) as progress:
            for path, message in messages:
                if isinstance(message, PartialScores):
                    progress.part(path, message.seconds, message.share)
                    if plan.scores or plan.embeddings:
                        output.add(path, message.scores)
                    continue
                output.finish(path, message)
                progress.finish(path, message.seconds)
                for sentence in (message.error, *message.warnings):
                    if sentence:
                        tell(" ".join(sentence.splitlines()))  # names may hold anything
                failures += bool(message.error)
                seconds += message.seconds
    except BrokenPipeError:  # whoever read our output has had enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    finally:
        output.close()
    _tell_end(len(to_do) - failures, seconds, time.monotonic() - began)
    if failures:
        tell(f"{failures} of {len(to_do)} recordings could not be read.")
        raise click.exceptions.Exit(1)


def _messages(
    files: Sequence[Path], plan: "ScoringPlan", workers: int, dask: str | None
) -> "Generator[tuple[Path, PartialScores | RecordingTags], None, None]":
    """What is said of the files by whoever scores them."""
    if dask:
        from epanns.files import dask_cluster

        return dask_cluster.tag_files(files, plan, dask, workers)
    from epanns.files import process_pool as here

    return here.tag_files(files, plan, workers)


def _tell_end(recordings: int, seconds: float, taken: float) -> None:
    """How much was done, and how fast."""
    if recordings:
        pace = seconds / max(taken, 0.01)
        tell(
            f"{recordings} {'recording' if recordings == 1 else 'recordings'},"
            f" {duration(seconds)} of sound, in {duration(taken)}: {pace:.0f} times real time."
        )


def duration(seconds: float) -> str:
    """A length of time for people."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
