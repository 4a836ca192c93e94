"""python -m epanns detect: which sounds are in recordings, from when until when."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.audio.selection import ChannelChoice, SoundSelection
from epanns.commands import file_options
from epanns.console import own_stderr
from epanns.errors import cause
from epanns.packages.installation import require_training
from epanns.storage.atomic import check_writable

if TYPE_CHECKING:
    from epanns.detection.comparison import ReferenceComparison
    from epanns.detection.detect import RecordingEvents
    from epanns.detection.events import EventRules
    from epanns.vocabulary.vocabulary import Vocabulary

FILE = click.Path(dir_okay=False, path_type=Path)
SECONDS = click.FloatRange(0.0)
FORM = "NUMBER|CLASS=NUMBER|FILE.csv"
THRESHOLD = 0.3


@click.command()
@file_options.PATHS
@file_options.MODEL
@file_options.SEGMENT
@click.option(
    "--hop", type=click.FloatRange(0.02, 30.0), default=0.1, show_default=True, metavar="SECONDS",
    help="From one segment to the next: how finely onsets and offsets are placed.",
)  # fmt: skip
@click.option(
    "--classes", default="all", show_default=True, metavar="NAME",
    help="Only these: a class with all below it (Animal, Music), a named subset (home) or a CSV"
    " file of classes.",
)  # fmt: skip
@click.option(
    "--threshold", "thresholds", multiple=True, metavar=FORM,
    help="Score, 0 to 1, that an event reaches at least once: for all classes, for one, or from a"
    " CSV file with the columns name (or id, or index) and threshold. Can be repeated; a class's"
    f" own number counts most, the one for all least. Default: {THRESHOLD}.",
)  # fmt: skip
@click.option(
    "--low", "lows", multiple=True, metavar=FORM,
    help="Score, 0 to 1, that an event keeps from its onset to its offset (hysteresis); written"
    " like --threshold. Default: the threshold.",
)  # fmt: skip
@click.option(
    "--median-filter", type=SECONDS, default=0.0, show_default=True, metavar="SECONDS",
    help="Replace each score by the median over this time around it, which takes out what is"
    " shorter than half of it.",
)  # fmt: skip
@click.option(
    "--merge-gap", type=SECONDS, default=0.0, show_default=True, metavar="SECONDS",
    help="Join events of a class that are at most this far apart.",
)  # fmt: skip
@click.option(
    "--min-duration", type=SECONDS, default=0.0, show_default=True, metavar="SECONDS",
    help="Leave out shorter events, once events are joined.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="One JSON object a recording.")
@click.option("--csv", "form", flag_value="csv", help="A CSV row an event.")
@click.option(
    "--dcase", "form", flag_value="dcase",
    help="A row an event as in the DCASE challenges: filename, onset, offset and event_label, with"
    " tabs between them.",
)  # fmt: skip
@click.option("--audacity", "form", flag_value="audacity", help="Labels for Audacity.")
@click.option("--raven", "form", flag_value="raven", help="A selection table for Raven.")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Write a file for each recording into this folder instead of all to standard output.",
)  # fmt: skip
@click.option(
    "--resume", is_flag=True,
    help="Go on with the folder of --into: leave out recordings whose file is there and complete,"
    " but for those that have changed since or could be read in part only; try anew those that"
    " could not be read. The other options must be the same.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Write over files that are in the folder of --into.")
@file_options.TRACK
@file_options.CHANNEL
@file_options.WORKERS
@file_options.DASK
@click.option(
    "--plot", type=FILE, metavar="FILE.png",
    help="Draw waveform, log-mel spectrogram and events of one recording.",
)  # fmt: skip
@click.option(
    "--reference", type=FILE, metavar="FILE.tsv",
    help="Compare with these events, written as by --dcase: F1 and error rate, segment-based (1 s)"
    " and event-based (200 ms collar), over the reference's classes or those of --classes. The"
    " picture shows them, too.",
)  # fmt: skip
@click.option(
    "--offset-share", "share", type=click.FloatRange(0.0, 1.0), default=0.2, show_default=True,
    metavar="SHARE",
    help="Share of the length of a reference event by which offsets may differ where that is more"
    " than 200 ms: 0.2 in DCASE since 2018, 0.5 in sed_eval.",
)  # fmt: skip
def detect(
    paths: tuple[str, ...],
    model: str,
    segment: float,
    hop: float,
    classes: str,
    thresholds: tuple[str, ...],
    lows: tuple[str, ...],
    median_filter: float,
    merge_gap: float,
    min_duration: float,
    form: str | None,
    into: Path | None,
    resume: bool,
    force: bool,
    track: int | None,
    channel: ChannelChoice,
    workers: int,
    dask: str | None,
    plot: Path | None,
    reference: Path | None,
    share: float,
) -> None:
    """Say which sounds are in recordings, from when until when.

    PATH is a file, a folder (with all folders in it, linked ones once) or a pattern. The scores go
    through the median filter and are compared with the thresholds; events close to each other are
    joined and then short ones left out.

    The score of a segment stands for one hop around the middle of the segment. A framewise network
    scores all frames, 100 a second, and knows no segments. Each recording is
    written once it is complete. One that cannot be read is reported, the others go on, and the
    command ends with status 1.
    """
    from epanns.detection.comparison import ReferenceComparison
    from epanns.detection.detect import DetectionPlan
    from epanns.detection.event_output import EventOutput, check_recordings
    from epanns.files import pipeline
    from epanns.files.find import find
    from epanns.files.outputs.output import model_name

    own_stderr()  # decoders print warnings about odd files there
    _check_resume(resume, into, plot or reference)
    if median_filter or reference:
        require_training()  # SciPy
    size, step = file_options.samples(segment, hop)
    files = find(paths)
    _check_plot(plot, files)
    form = form or "table"
    check_recordings(form, files, into, resume or force)  # before the network opens
    with pipeline.opened(model, workers, dask) as (pool, network):
        vocabulary = network.vocabulary
        lengths = (median_filter, merge_gap, min_duration)
        rules = _rules(vocabulary, thresholds, lows, lengths, classes)
        selection = SoundSelection(track, channel)
        plan = DetectionPlan(rules, size, step, selection)
        comparison = None
        if reference:
            compared = None if classes == "all" else rules.classes
            comparison = ReferenceComparison(reference, files, vocabulary, compared)
        output = EventOutput(
            form, files, vocabulary, into,
            run={"model": model_name(model, network), **plan.about()}, resume=resume,
            keep=files if plot else comparison.expected if comparison else (), force=force,
        )  # fmt: skip
        failures = file_options.work(files, plan, output, pool)
    figures, aside = "", form != "table" or into is not None
    if comparison is not None and comparison.pairs(output.kept):
        figures = _compare(comparison, output.kept, share, vocabulary, aside=aside)
    if plot and output.kept:
        found = output.kept[files[0]]
        _draw(plot, files[0], found, comparison, vocabulary, figures, selection)
    if failures:
        raise click.exceptions.Exit(1)


def _check_resume(resume: bool, into: Path | None, needs_all: Path | None) -> None:
    """Refuse to go on where it is not known what is done, or where all events are needed."""
    if resume and into is None:
        raise click.UsageError("--resume needs --into FOLDER.")
    if resume and needs_all is not None:
        raise click.UsageError(
            "--resume leaves out recordings, so their events cannot be drawn or compared; leave out"
            " --plot and --reference."
        )


def _check_plot(plot: Path | None, files: Sequence[Path]) -> None:
    """Find out before the work begins, not after it, whether the picture can be drawn."""
    if plot is None:
        return
    if len(files) != 1:
        raise click.UsageError(f"A picture is of one recording; {len(files)} are named.")
    if plot.suffix.lower() != ".png":
        raise click.UsageError(f"A picture is a PNG file, with a name like events.png; not {plot}.")
    try:
        check_writable(plot)
    except OSError as error:
        raise click.ClickException(f"{plot} cannot be written: {cause(error)}.") from None


def _rules(
    vocabulary: "Vocabulary",
    thresholds: Sequence[str],
    lows: Sequence[str],
    lengths: tuple[float, float, float],
    classes: str,
) -> "EventRules":
    """What makes an event, by the options."""
    import numpy as np

    from epanns.detection.events import EventRules
    from epanns.detection.thresholds import read_thresholds

    try:
        subset = vocabulary.subset(classes)
    except ValueError as error:
        raise click.BadParameter(f"it must be {error}.", param_hint="--classes") from None
    default = np.full(len(vocabulary), THRESHOLD, np.float32)
    high = read_thresholds(thresholds, default, vocabulary)
    low = read_thresholds(lows, high, vocabulary)
    return EventRules(vocabulary, high, low, *lengths, subset)


def _compare(
    comparison: "ReferenceComparison",
    found: "dict[Path, RecordingEvents]",
    share: float,
    vocabulary: "Vocabulary",
    aside: bool,
) -> str:
    """Compare with the reference and write the report: to standard error where `aside`.

    Returns:
        The figures over all classes in one line.
    """
    from epanns.detection.event_report import figures, report

    measured = comparison.measure(found, share)
    for line in report(measured, len(comparison.pairs(found)), share, vocabulary):
        click.echo(line, err=aside)
    return figures(measured)


def _draw(
    plot: Path,
    recording: Path,
    found: "RecordingEvents",
    comparison: "ReferenceComparison | None",
    vocabulary: "Vocabulary",
    figures: str,
    selection: SoundSelection,
) -> None:
    """Draw the picture of a recording, with the reference where there is one."""
    from epanns.detection.plot import draw_recording

    pairs = comparison.pairs({recording: found}) if comparison else {}
    reference, events = pairs.get(recording, (None, found.events))
    draw_recording(
        plot, recording, found.seconds, events, vocabulary, reference, figures, selection
    )
