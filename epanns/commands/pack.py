"""python -m epanns pack: recordings and their labels into one file for training."""

from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.audio.selection import ChannelChoice
from epanns.commands.clip_warnings import STRICT, tell_warnings
from epanns.commands.file_options import CHANNEL
from epanns.commands.progress_bar import counting_bar
from epanns.console import own_stderr, tell
from epanns.formatting import listed
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import CONFIG
from epanns.storage.existence import exists

if TYPE_CHECKING:
    from epanns.datasets.listing import ListedClip
    from epanns.datasets.pack_writer import PackWriter
    from epanns.datasets.packing import PackingReport

LABELS = 10  # labels that are named which are no classes


@click.command()
@click.argument("out", metavar="OUT.h5", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--listing",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="What to pack: a CSV file or a folder, see above.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the recordings of a CSV file are, if not beside it.",
)
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=CONFIG / "esc50.csv",
    help="What the targets and categories of ESC-style listings mean: a CSV file with columns"
    " target, category and labels, and if need be source and licence. Default: that of ESC-50.",
)
@click.option(
    "--classes",
    metavar="NAME",
    default="all",
    help="Only clips with a label among these classes: a class of AudioSet with all below it"
    " (Animal, Music), a named subset (home), a class of the pack or a CSV file of classes.",
)
@click.option(
    "--vocabulary",
    metavar="audioset|own|NAME|FILE",
    help="The classes of the pack, and of the network learnt from it: audioset for the 527; own for"
    " the labels, categories or folders of the listing as they are; a part of AudioSet as for"
    " --classes; a CSV file of names. Labels that are not among them are left out and counted."
    " Default: those of OUT.h5 if it is there; else audioset, or own if no label is AudioSet's.",
)
@click.option("--split", multiple=True, help="Only this split, such as train; may be repeated.")
@click.option(
    "--licence",
    multiple=True,
    metavar="PATTERN",
    help="Only licences like this one, such as 'CC0*' or '*public domain*'; upper and lower case"
    " are the same; may be repeated.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.01),
    help="Make every clip this long: cut off the end, or add silence to it.",
)
@click.option(
    "--longest", type=click.FloatRange(0.01), help="Cut off what is longer than this, in seconds."
)
@CHANNEL
@STRICT
@click.option(
    "--skip-bad", is_flag=True,
    help="Leave out rows of the listing that cannot be used, and count them; without it the first"
    " one ends the command.",
)  # fmt: skip
def pack(
    out: Path,
    listing: Path,
    folder: Path | None,
    mapping: Path,
    classes: str,
    vocabulary: str | None,
    split: tuple[str, ...],
    licence: tuple[str, ...],
    seconds: float | None,
    longest: float | None,
    channel: ChannelChoice,
    strict: bool,
    skip_bad: bool,
) -> None:
    """Pack recordings and their labels into OUT.h5, 32 kHz mono, for train and evaluate.

    What is wrong with a recording (cut off, damaged, clipped, channels that cancel, silence under a
    label) is said, counted and kept in the pack.

    Adds to OUT.h5 what it does not hold yet: after an interruption run the same command again, and
    run it with other listings to put them into the same file. What cannot be packed is listed at
    the end, and the command then ends with status 1.

    \b
    A listing is one of
      a CSV file with columns path and labels (or label, class, category: names
        joined by ";"), and optionally split, fold, source and licence;
      AudioSet's segments (YTID, start_seconds, end_seconds, "mid,mid"), with
        recordings called YTID.*, YYTID.*, YTID_start.* or YYTID_start.*: one that
        is longer than the segment and a second is cut, others are whole clips;
      the meta CSV of ESC-50 (filename, fold, target, category);
      a folder: files called fold-clip-take-target.* have the labels of ESC-50;
        others lie in folders that are called by their class, or have none.

    A CSV file may have commas, semicolons or tabs between its cells. No recording can be in two
    splits or folds of a listing, by whichever paths.
    """  # noqa: D301 (the \b is for click: it keeps the lines)
    if seconds and longest:
        raise click.UsageError("Give --seconds or --longest, not both.")

    from epanns.datasets.listing import read_listing
    from epanns.datasets.listing_rows import Bad, stop
    from epanns.datasets.pack import Pack
    from epanns.datasets.pack_classes import choose_classes
    from epanns.datasets.pack_writer import PackWriter
    from epanns.datasets.packing import pack as fill
    from epanns.files.find import tell_left_out

    own_stderr()  # decoders print warnings about odd files there

    left_out: Counter[str] = Counter()
    skipped: list[str] = []

    def is_wanted(row: "ListedClip") -> bool:
        return _matches(row.split, split) and _matches(row.licence, licence)

    def read(bad: Bad, counts: "Counter[str] | None" = None) -> "Iterator[ListedClip]":
        return read_listing(listing, folder, mapping, bad, counts)

    there = None
    if exists(out):
        with Pack(out) as before:
            there = before.vocabulary
    ignore: Bad = (lambda _: None) if skip_bad else stop
    chosen = choose_classes(vocabulary, there, listing, read(ignore), is_wanted)
    try:
        wanted = None if classes == "all" else chosen.vocabulary.subset(classes)
    except ValueError as error:
        raise click.BadParameter(f"it must be {error}.", param_hint="--classes") from None

    def rows(bad: Bad, counts: "Counter[str] | None" = None) -> "Iterator[ListedClip]":
        return filter(is_wanted, map(chosen.labelled, read(bad, counts)))

    total = sum(1 for _ in rows(skipped.append if skip_bad else stop, left_out))
    tell_left_out(left_out)
    if not total:
        raise click.ClickException(f"Nothing in {listing} is asked for; look at the options.")
    if chosen.remark:
        tell(chosen.remark)
    with PackWriter(out, chosen.vocabulary) as writer:
        usable = _with_progress(rows(ignore), total)
        report = fill(usable, writer, wanted, seconds, longest, channel, strict, chosen.is_part)
        _print_report(report, writer, skipped)
    if report.failures:
        raise click.exceptions.Exit(1)


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(text.lower(), each.lower()) for each in patterns)


def _with_progress(rows: "Iterable[ListedClip]", total: int) -> "Iterator[ListedClip]":
    """Rows, with a progress bar on standard error if that is a terminal."""
    with counting_bar() as progress:
        yield from progress.track(rows, total)


def _print_report(report: "PackingReport", writer: "PackWriter", skipped: list[str]) -> None:
    """Print what was packed on standard output, what was not on standard error."""
    tell_warnings(report.warnings)
    for sentence in (*skipped, *report.failures):
        tell(sentence)
    _tell_labels(report, len(writer.vocabulary))
    hours = writer.lengths().sum() / SAMPLE_RATE / 3600
    parts = [f"{report.added} added", f"{report.there} there before"]
    parts += [f"{report.other} of other classes left out"] if report.other else []
    parts += [f"{len(report.warnings)} with a warning"] if report.warnings else []
    parts += [f"{report.left_out} of them left out"] if report.left_out else []
    parts += [f"{len(report.failures)} not packed"] if report.failures else []
    parts += [f"{len(skipped)} bad {'row' if len(skipped) == 1 else 'rows'}"] if skipped else []
    click.echo(f"{writer.path}: {len(writer)} clips, {hours:.2f} h; {', '.join(parts)}.")


def _tell_labels(report: "PackingReport", classes: int) -> None:
    """Say which labels were left out, the most frequent first, and how many clips have them."""
    unknown = sorted(report.unknown.items(), key=_by_number)
    for sentence, clips in unknown[:LABELS]:
        tell(f"{sentence}: the label of {_clips(clips)}.")
    if len(unknown) > LABELS:
        tell(f"{len(unknown) - LABELS} more labels are no class either.")
    if unknown and report.failures:
        tell("--vocabulary own takes the labels of a listing as they are, in a file of its own.")
    outside = sorted(report.outside.items(), key=_by_number)
    if outside:
        names = listed([f"{label!r} ({_clips(clips)})" for label, clips in outside], LABELS)
        tell(f"Labels that are none of the pack's {classes} classes are left out: {names}.")


def _by_number(counted: tuple[str, int]) -> tuple[int, str]:
    """Sorts the most frequent first, and those as frequent by name."""
    text, number = counted
    return -number, text


def _clips(number: int) -> str:
    return f"{number} {'clip' if number == 1 else 'clips'}"
