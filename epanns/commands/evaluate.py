"""python -m epanns evaluate: how well networks recognise labelled recordings."""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from epanns.audio.selection import ChannelChoice
from epanns.commands.clip_warnings import STRICT, tell_warnings
from epanns.commands.file_options import CHANNEL, named
from epanns.console import tell
from epanns.errors import cause
from epanns.paths import ROOT
from epanns.storage.atomic import check_writable

if TYPE_CHECKING:
    from rich.console import Console

    from epanns.datasets.clips import Clip, Clips
    from epanns.evaluation.clip_scores import ClipResult, ClipScores
    from epanns.evaluation.scorers import Scorer

BESIDE = tuple(f"{ROOT / 'scripts' / 'teachers.py'}:{name}" for name in ("Mn04", "YAMNet"))
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("recordings", type=click.Path(exists=True, path_type=Path))
@click.option("--split", default="test", show_default=True, help="Which split; all for all.")
@click.option(
    "--source", "sources", multiple=True, metavar="TEXT",
    help="Only clips whose source has TEXT in it, such as ESC-10. Can be repeated.",
)  # fmt: skip
@click.option(
    "--model", "models", multiple=True, metavar="NAME|PATH", default=("starter",),
    show_default=True, callback=lambda context, parameter, models: tuple(map(named, models)),
    help="A name from the zoo, small, best, or a weights file. Can be repeated.",
)  # fmt: skip
@click.option(
    "--clip", "cuts", multiple=True, type=click.Choice(["loudest", "whole", "at-once"]),
    default=("loudest", "whole"), show_default=True,
    help="loudest: the loudest second. whole: all seconds, the mean and the maximum of their"
    " scores averaged. at-once: one pass over the whole clip. Can be repeated.",
)  # fmt: skip
@click.option(
    "--beside", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Compare with published networks whose weights are in this folder, by the scorers of"
    " scripts/teachers.py if --scorer names no others.",
)  # fmt: skip
@click.option(
    "--scorer", "scorers", multiple=True, metavar="FILE.py:NAME",
    help="Compare with a scorer of yours: NAME(folder of --beside) in a file of Python, which is"
    " run, so name only files you trust. Can be repeated.",
)  # fmt: skip
@CHANNEL
@STRICT
@click.option(
    "--skip-bad", is_flag=True,
    help="Leave out rows of a listing that cannot be used, and name them; without it the first one"
    " ends the command.",
)  # fmt: skip
@click.option("--per-class", type=FILE, help="Write the figures of each class as CSV.")
@click.option("--json", "json_file", type=FILE, help="Write all figures as JSON.")
@click.option("--plots", type=FOLDER, help="Draw pictures (PNG) into this folder.")
def evaluate(
    recordings: Path,
    split: str,
    sources: tuple[str, ...],
    models: tuple[str, ...],
    cuts: tuple[str, ...],
    beside: Path | None,
    scorers: tuple[str, ...],
    channel: ChannelChoice,
    strict: bool,
    skip_bad: bool,
    per_class: Path | None,
    json_file: Path | None,
    plots: Path | None,
) -> None:
    """Measure networks on labelled RECORDINGS: mAP, AUC, d', top-1 and top-3.

    RECORDINGS is a pack, or a listing as pack takes it, of AudioSet's classes. A network is
    measured only on recordings that are labelled with its own classes.
    """
    from epanns.datasets.clips import open_clips
    from epanns.evaluation import evaluation_report
    from epanns.evaluation.clip_scores import results, score_clips

    _prepare(plots, *(path for path in (per_class, json_file) if path))
    with open_clips(recordings, split, sources, channel, strict, skip_bad) as clips:
        used = _open(models, scorers or (BESIDE if beside else ()), beside)
        try:
            chosen = list(dict.fromkeys(cuts))
            scored = score_clips(_watched(clips), used, chosen, clips.vocabulary)
        finally:
            for sentence in clips.skipped:
                tell(f"Skipped: {sentence}")
            _tell_warnings(clips, strict)
    found = results(scored)
    try:
        evaluation_report.show(_console(), found)
    finally:  # also where the table cannot be written, or a pipe to head ends the program here
        if per_class:
            evaluation_report.write_classes(per_class, found)
        if json_file:
            heading = {
                "recordings": str(recordings),
                "split": split,
                "sources": list(sources),
                "skipped": clips.skipped,
                "warnings": clips.warnings,
                "strict": strict,
                "parameters": {scorer.name: scorer.parameters for scorer in used},
            }
            evaluation_report.write_json(json_file, heading, found)
        if plots:
            _draw(plots, scored, found, used)


def _tell_warnings(clips: "Clips", strict: bool) -> None:
    """Say what is wrong with recordings, and whether they count."""
    tell_warnings(clips.warnings)
    if count := len(clips.warnings):
        end = "left out" if strict else "measured all the same; --strict leaves them out"
        clause = "1 recording has" if count == 1 else f"{count} recordings have"
        tell(f"{clause} a warning: {end}.")


def _prepare(folder: Path | None, *files: Path) -> None:
    """Make sure before the work begins that the results can be written."""
    try:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            check_writable(path)
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be written: {cause(error)}.") from None


def _open(models: Sequence[str], functions: Sequence[str], folder: Path | None) -> list["Scorer"]:
    """The scorers, of which those of other networks may be missing."""
    from epanns.evaluation.scorers import ScorerError, open_function, open_model

    used = [open_model(model) for model in dict.fromkeys(models)]
    for function in dict.fromkeys(functions):
        try:
            used.append(open_function(function, folder))
        except ScorerError as error:
            tell(str(error))
    name, times = Counter(scorer.name for scorer in used).most_common(1)[0]
    if times > 1:
        raise click.ClickException(f"{times} scorers are called {name}; rename all but one.")
    return used


def _watched(clips: "Clips") -> Iterator["Clip"]:
    """The clips, with a progress bar on a terminal."""
    from rich.progress import track

    quiet = not sys.stderr.isatty()
    console = _console(stderr=True)
    yield from track(clips, "scoring", len(clips), console=console, disable=quiet, transient=True)


def _console(stderr: bool = False) -> "Console":
    """A console that does not fold tables into 80 columns where there is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else 120)


def _draw(
    folder: Path, scored: "ClipScores", found: Sequence["ClipResult"], used: Sequence["Scorer"]
) -> None:
    """All pictures of a run."""
    from epanns.evaluation import plots
    from epanns.evaluation.clip_scores import TITLES
    from epanns.evaluation.confusion import confusion

    parameters = {scorer.name: scorer.parameters for scorer in used}
    for cut in dict.fromkeys(result.cut for result in found):
        those = [result for result in found if result.cut == cut]
        plots.draw_classes(folder / f"classes-{cut}.png", those)
        plots.draw_sizes(folder / f"sizes-{cut}.png", those, parameters)
    for (scorer, cut), scores in scored.scores.items():
        matrix = confusion(scored.targets, scores, scored.vocabulary)
        if matrix:
            name = re.sub(r"[^\w.-]+", "_", f"confusion-{scorer}-{cut}.png")
            plots.draw_confusion(folder / name, matrix, f"{scorer}: {TITLES[cut]}")
