"""python -m epanns detect: which sounds are in recordings, from when until when."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.commands import file_options
from epanns.console import own_stderr, tell
from epanns.errors import EpannsError, cause, reason, writable
from epanns.vocabulary.audioset import AUDIOSET

if TYPE_CHECKING:
    from epanns.detection.detect import FrameScorer, RecordingEvents
    from epanns.detection.event_metrics import EventMetrics
    from epanns.detection.event_output import EventOutput
    from epanns.detection.events import Event, EventRules

    Pair = tuple[list[Event], list[Event]]

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
    help="Take out of the scores what is shorter than half of this: each becomes the median over so"
    " many seconds around it.",
)  # fmt: skip
@click.option(
    "--merge-gap", type=SECONDS, default=0.0, show_default=True, metavar="SECONDS",
    help="Join events of a class with at most so much between them.",
)  # fmt: skip
@click.option(
    "--min-duration", type=SECONDS, default=0.0, show_default=True, metavar="SECONDS",
    help="Leave out events that are shorter, once they are joined.",
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
    plot: Path | None,
    reference: Path | None,
    share: float,
) -> None:
    """Say which sounds are in recordings, from when until when.

    PATH is a file, a folder or a pattern. The scores go through the median filter and are compared
    with the thresholds; events close to each other are joined and then short ones left out.

    The score of a segment stands for one hop around the middle of the segment. A framewise network
    (cnn14_framewise) scores all frames, 100 a second, and knows no segments. A recording that
    cannot be read is reported, the others go on, and the command ends with status 1.
    """
    from epanns.detection.event_output import EventOutput
    from epanns.detection.reference import assign, read_reference

    own_stderr()  # decoders grumble there about every odd file
    samples = file_options.samples(segment, hop)
    rules = _rules(thresholds, lows, (median_filter, merge_gap, min_duration), classes)
    files = file_options.find(paths)
    output = EventOutput(form or "table", files, into)
    _check_plot(plot, files)
    annotations = read_reference(reference) if reference else {}
    expected = assign(annotations, files)
    if reference:
        _compare(reference, len(annotations), len(expected), len(files))
    scorer = _scorer(model, *samples)

    found = _work(files, scorer, rules, output, set(files) if plot else set(expected))
    labels = {event.label for events in annotations.values() for event in events}
    labels = labels if classes == "all" else set(rules.classes)
    pairs = [
        (_of(labels, expected[path]), _of(labels, found[path].events))
        for path in expected
        if path in found
    ]
    measured = _measure(pairs, labels, share, bool(form or into)) if pairs else None
    if plot and found:
        _draw(plot, found[files[0]], pairs[0] if pairs else None, measured)
    if output.failures:
        tell(f"{output.failures} of {len(files)} recordings could not be read.")
        raise click.exceptions.Exit(1)


def _rules(
    thresholds: Sequence[str], lows: Sequence[str], lengths: tuple[float, float, float], spec: str
) -> "EventRules":
    """What makes an event."""
    import numpy as np

    from epanns.detection.events import EventRules
    from epanns.detection.thresholds import read_thresholds

    try:
        classes = AUDIOSET.subset(spec)
    except ValueError as error:
        raise click.BadParameter(f"it must be {error}.", param_hint="--classes") from None
    high = read_thresholds(thresholds, np.full(len(AUDIOSET), THRESHOLD, np.float32))
    return EventRules(high, read_thresholds(lows, high), *lengths, classes)


def _compare(reference: Path, named: int, expected: int, files: int) -> None:
    """Say what cannot be compared."""
    if not expected:
        raise click.ClickException(f"{reference} names none of the recordings.")
    if expected < files:
        tell(f"Not in {reference}, so not compared: {files - expected} of {files} recordings.")
    if expected < named:
        tell(f"In {reference}, but not here: {named - expected} of {named} recordings.")


def _check_plot(plot: Path | None, files: Sequence[Path]) -> None:
    """Find out before the work begins, not after it, whether the picture can be drawn."""
    if plot is None:
        return
    if len(files) != 1:
        raise click.UsageError(f"A picture is of one recording; {len(files)} are named.")
    if plot.suffix.lower() != ".png":
        raise click.UsageError(f"A picture is a PNG file, with a name like events.png; not {plot}.")
    there = plot.exists()
    try:
        plot.open("ab").close()
    except OSError as error:
        raise click.ClickException(f"{plot} cannot be written: {cause(error)}.") from None
    if not there:
        plot.unlink()


def _scorer(model: str, segment: int, hop: int) -> "FrameScorer":
    """What gives scores over time: of frames if the network can, else of segments."""
    from epanns.detection.detect import FrameScorer
    from epanns.detection.events import TimeGrid
    from epanns.detection.frame_scores import framewise, segmentwise
    from epanns.tagger import AudioTagger

    tagger = AudioTagger(model)
    if tagger.remark:
        tell(tagger.remark)
    if tagger.architecture.framewise:
        hop_seconds = tagger.architecture.front_end.hop / tagger.sample_rate
        return FrameScorer(partial(framewise, tagger=tagger), TimeGrid(0.0, hop_seconds))
    track = partial(segmentwise, tagger=tagger, segment=segment, hop=hop)
    return FrameScorer(track, TimeGrid.of_segments(segment, hop))


def _work(
    files: Sequence[Path],
    scorer: "FrameScorer",
    rules: "EventRules",
    output: "EventOutput",
    needed: set[Path],
) -> "dict[Path, RecordingEvents]":
    """Find the events of all recordings and write them; returns those of the needed ones."""
    from epanns.commands.progress import RecordingsProgress
    from epanns.detection.detect import find

    kept = {}
    with RecordingsProgress(files) as progress:
        for path in files:
            try:
                found = find(path, scorer, rules, partial(progress.part, path))
            except Exception as error:  # one file must not end hours of work
                known = isinstance(error, EpannsError)
                sentence = str(error) if known else f"{path}: {reason(error)}"
                tell(" ".join(sentence.splitlines()))
                output.fail(path, writable(sentence))
                progress.finish(path, 0.0)
                continue
            for sentence in found.warnings:
                tell(" ".join(sentence.splitlines()))
            output.write(found)
            progress.finish(path, found.duration)
            if path in needed:
                kept[path] = found
    return kept


def _of(labels: set[int], events: "list[Event]") -> "list[Event]":
    return [event for event in events if event.label in labels]


def _measure(
    pairs: "Sequence[Pair]", labels: set[int], share: float, aside: bool
) -> "EventMetrics":
    """Measure, and say it: where people read, or aside on standard error."""
    from epanns.detection.event_metrics import measure
    from epanns.detection.event_report import report

    measured = measure(pairs, labels, share)
    for line in report(measured, len(pairs), share):
        click.echo(line, err=aside)
    return measured


def _draw(
    plot: Path, found: "RecordingEvents", pair: "Pair | None", measured: "EventMetrics | None"
) -> None:
    """Draw the picture of a recording."""
    from epanns.detection.event_report import figures
    from epanns.detection.overview import overview
    from epanns.detection.plot import draw
    from epanns.files import read

    seen = overview(read.blocks(found.path))
    reference, events = pair or (None, found.events)
    summary = figures(measured) if measured else ""
    try:
        draw(plot, seen, found.duration, events, reference, writable(found.path.name), summary)
    except OSError as error:
        raise click.ClickException(f"{plot} cannot be written: {cause(error)}.") from None
