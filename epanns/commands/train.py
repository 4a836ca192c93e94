"""python -m epanns train: a network from a pack of recordings."""

import math
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from epanns.commands.clip_warnings import STRICT, tell_warnings
from epanns.commands.progress_bar import counting_bar
from epanns.console import tell
from epanns.networks import registry
from epanns.training.recipe import LOSSES, OPTIMISERS, SCHEDULES, Recipe, has_widths

if TYPE_CHECKING:
    import torch

    from epanns.datasets.pack import Pack
    from epanns.training.clip_selection import ClipSelection
    from epanns.training.learning_curve import CurvePoint
    from epanns.training.loop import Training

DEFAULT = Recipe()
SHARE = click.FloatRange(0, 1)
ARCHITECTURE = registry.default()
SHORTEST, LONGEST = ARCHITECTURE.least_samples / ARCHITECTURE.sample_rate, 10.0  # seconds


def _widths(_: click.Context, __: click.Parameter, value: str) -> tuple[int, ...]:
    """The widths of twelve convolutions from those or from those of six blocks."""
    cells = value.split(",")
    if len(cells) not in (6, 12) or not all(cell.strip().isdecimal() for cell in cells):
        raise click.BadParameter(f"six or twelve whole numbers with commas, not {value!r}.")
    widths = tuple(int(cell) for cell in cells for _ in range(12 // len(cells)))
    if min(widths) < 1:
        raise click.BadParameter("every width must be at least 1.")
    return widths


def _ordered(
    _: click.Context, parameter: click.Parameter, value: tuple[float, float]
) -> tuple[float, float]:
    if value[0] > value[1]:
        raise click.BadParameter(f"the lower of the two comes first, not {value[0]:g} {value[1]:g}")
    return value


@click.command()
@click.argument("pack_path", metavar="PACK.h5", type=click.Path(path_type=Path))
@click.option(
    "--out", "folder", required=True, metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the run is kept: weights, curve, and the state that it goes on from.",
)  # fmt: skip
@click.option(
    "--start", metavar="NAME|PATH", help="Begin with these weights instead of random ones."
)
@click.option(
    "--network", default=DEFAULT.network, show_default=True, metavar="NAME",
    help="The architecture.",
)  # fmt: skip
@click.option(
    "--width", default=DEFAULT.width, show_default=True,
    type=click.FloatRange(0, 4, min_open=True),
    help=f"Channels of its layers as a share of those published; {registry.DEFAULT} has --widths.",
)  # fmt: skip
@click.option(
    "--widths", default=",".join(map(str, DEFAULT.widths[1::2])), show_default=True,
    callback=_widths,
    help="Channels of the network's six blocks, or of its twelve convolutions.",
)  # fmt: skip
@click.option("--embedding", default=DEFAULT.embedding, show_default=True, type=click.IntRange(1))
@click.option(
    "--split", "splits", multiple=True, default=DEFAULT.splits, show_default=True,
    help="Learn from this split, such as unlabelled with a teacher. Can be repeated.",
)  # fmt: skip
@click.option(
    "--hold-out", multiple=True, metavar="TEXT",
    help="Do not learn from sources with TEXT in their name, but validate on them. Can be"
    " repeated.",
)  # fmt: skip
@click.option(
    "--validate", metavar="SPLIT",
    help="Validate on this split, whose clips are not learnt.  [default: the sources held"
    " out, if any]",
)  # fmt: skip
@click.option(
    "--fold", metavar="NUMBER", type=click.IntRange(0),
    help="Validate on this fold of the clips of --split, and learn from the others.",
)  # fmt: skip
@click.option(
    "--folds", metavar="COUNT", type=click.IntRange(2),
    help="With --fold, for a pack without folds: how many are made, numbered from 1, with each"
    " class spread evenly and the clips of one recording together; by --seed.  [default: 5]",
)  # fmt: skip
@click.option("--teacher", metavar="NAME", help="Learn from this teacher's scores in the pack.")
@click.option(
    "--label-target", default=DEFAULT.label_target, show_default=True, type=SHARE,
    help="With a teacher: what a clip's own labels are raised to where it is loud.",
)  # fmt: skip
@click.option(
    "--general", default=DEFAULT.general, show_default=True, type=SHARE,
    help="With a teacher: what of that remains for labels that are above another of the clip's.",
)  # fmt: skip
@click.option(
    "--label-within", default=DEFAULT.label_within, show_default=True, metavar="DB",
    type=click.FloatRange(0),
    help="With a teacher: how far below its loudest second a clip still is loud.",
)  # fmt: skip
@click.option(
    "--unlisted", default=DEFAULT.unlisted, show_default=True, type=SHARE,
    help="With a teacher: what its scores are multiplied by where a clip is loud, of classes that"
    " have nothing to do with the clip's labels.",
)  # fmt: skip
@click.option(
    "--temperature", default=DEFAULT.temperature, show_default=True, type=click.FloatRange(1),
    help="Learn logits divided by this, too, which weighs what a teacher thinks unlikely.",
)  # fmt: skip
@click.option("--steps", default=DEFAULT.steps, show_default=True, type=click.IntRange(1))
@click.option("--batch", default=DEFAULT.batch, show_default=True, type=click.IntRange(2))
@click.option(
    "--learning-rate", "--rate", default=DEFAULT.learning_rate, show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="The highest learning rate.",
)  # fmt: skip
@click.option(
    "--optimiser", default=DEFAULT.optimiser, show_default=True, type=click.Choice(OPTIMISERS),
    help="adam is with amsgrad, as PANNs were trained.",
)  # fmt: skip
@click.option(
    "--schedule", default=DEFAULT.schedule, show_default=True, type=click.Choice(SCHEDULES),
    help="How the learning rate goes on from the highest one.",
)  # fmt: skip
@click.option(
    "--loss", default=DEFAULT.loss, show_default=True, type=click.Choice(LOSSES),
    help="binary: binary cross entropy. focal: the same, and batches learnt already count little.",
)  # fmt: skip
@click.option(
    "--smoothing", default=DEFAULT.smoothing, show_default=True, type=SHARE,
    help="Share by which targets are moved towards 1/2.",
)  # fmt: skip
@click.option(
    "--warm-up", type=click.IntRange(0), metavar="STEPS",
    help="Steps until the highest rate.  [default: a twentieth of all]",
)  # fmt: skip
@click.option(
    "--weight-decay", default=DEFAULT.weight_decay, show_default=True, type=click.FloatRange(0)
)
@click.option(
    "--balance", default=DEFAULT.balance, show_default=True, type=SHARE,
    help="Share of the crops that are drawn class by class, so that rare ones come as often as"
    " others; the rest is drawn clip by clip.",
)  # fmt: skip
@click.option(
    "--separate-sources", "--aside", multiple=True, metavar="TEXT",
    help="Draw clips of sources with TEXT in their name by a share of their own, --separate-share,"
    " however many there are: computed ones, for example. Can be repeated.",
)  # fmt: skip
@click.option(
    "--separate-share", "--aside-share", default=DEFAULT.separate_share, show_default=True,
    type=SHARE,
)  # fmt: skip
@click.option(
    "--seconds", nargs=2, default=DEFAULT.seconds, show_default=True, callback=_ordered,
    type=click.FloatRange(SHORTEST, LONGEST), metavar="LOW HIGH",
    help="How long the crops of a batch are; short ones are as likely as twice as long ones.",
)  # fmt: skip
@click.option(
    "--speed", nargs=2, default=DEFAULT.speed, show_default=True, callback=_ordered,
    type=click.FloatRange(0.25, 4), metavar="LOW HIGH",
    help="How many times as fast crops are played, which shifts their pitch too.",
)  # fmt: skip
@click.option(
    "--gain", nargs=2, default=DEFAULT.gain, show_default=True, callback=_ordered,
    metavar="LOW HIGH", help="By how many dB crops are made louder.",
)  # fmt: skip
@click.option(
    "--eq-db", "--colour", default=DEFAULT.eq_db, show_default=True, type=click.FloatRange(0),
    metavar="DB",
    help="Give each crop the frequency response of another microphone, of at most this gain.",
)  # fmt: skip
@click.option(
    "--mix", default=DEFAULT.mix, show_default=True, type=SHARE,
    help="Share of the crops that another one, up to 10 dB louder or softer, is added to.",
)  # fmt: skip
@click.option(
    "--background", metavar="SPLIT|TEXT",
    help="Put clips of this split, or of sources with TEXT in their name, under half of the crops.",
)  # fmt: skip
@click.option(
    "--snr", nargs=2, default=DEFAULT.snr, show_default=True, callback=_ordered,
    metavar="LOW HIGH", help="By how many dB the background is softer.",
)  # fmt: skip
@click.option(
    "--mask/--no-mask", default=DEFAULT.mask, help="Mask parts of the spectrograms or do not."
)
@click.option(
    "--dropout", nargs=2, default=DEFAULT.dropout, show_default=True, metavar="BLOCKS LINEAR",
    type=click.FloatRange(0, 1, max_open=True),
    help="Shares dropped after the blocks and before the linear layers.",
)  # fmt: skip
@click.option(
    "--mixed-precision/--no-mixed-precision", "--mixed/--no-mixed", "mixed_precision", default=None,
    help="Compute in bfloat16 what does not need float32.  [default: on CUDA]",
)  # fmt: skip
@click.option(
    "--log-every", "--every", default=DEFAULT.log_every, show_default=True, type=click.IntRange(1),
    help="Steps until the next row of the curve; then all is saved.",
)  # fmt: skip
@click.option(
    "--seed", default=DEFAULT.seed, show_default=True, type=click.IntRange(0),
    help="A seed gives the same run, on the same machine.",
)  # fmt: skip
@click.option(
    "--device", default="auto", show_default=True, type=click.Choice(["auto", "cpu", "cuda"])
)
@click.option("--half", is_flag=True, help="Write the weights in half precision.")
@STRICT
def train(pack_path: Path, folder: Path, device: str, half: bool, **choices: Any) -> None:
    """Train a network on PACK.h5, whose classes become the network's.

    The same command goes on with a run that was interrupted, however that happened; the result is
    as if it had not been. Ctrl+C ends it after saving.

    \b
    FOLDER then holds
      best.pth    the weights with the highest mAP on the clips to validate on,
      last.pth    the weights at the last row of the curve,
      curve.csv   step, seconds, loss and learning rate; mAP, AUC, d' and macro F1
                  on the clips to validate on, mAP on as many that are learnt,
      classes.csv the average precision of every class at each of these steps,
      curve.png   the curve as a picture, drawn again with every row.
    """  # noqa: D301 (the \b is for click: it keeps the lines)
    _check_sizes(click.get_current_context(), choices)
    if choices["warm_up"] is None:
        choices["warm_up"] = choices["steps"] // 20
    if choices["warm_up"] >= choices["steps"]:
        raise click.UsageError("--warm-up must be less than --steps.")

    from epanns.datasets.pack import Pack
    from epanns.training.loop import Training

    where = _device(device)
    if choices["mixed_precision"] is None:
        choices["mixed_precision"] = where.type == "cuda"
    recipe = Recipe(**{field.name: choices[field.name] for field in fields(Recipe)})
    with Pack(pack_path) as pack, _stopping() as stopped:
        training = Training(recipe, pack, folder, where, half)
        for remark in training.selection.remarks:
            tell(remark)
        _tell_warnings(training.selection, pack)
        _follow(training, stopped)
        if training.step < recipe.steps:
            training.save()
            click.echo(
                f"Stopped after step {training.step} of {recipe.steps}; the same command goes on.",
                err=True,
            )
            raise click.exceptions.Exit(128 + stopped[0])


def _check_sizes(context: click.Context, choices: dict[str, Any]) -> None:
    """Refuse sizes that the network does not take.

    Raises:
        click.UsageError: there are some.
    """
    said = context.get_parameter_source
    given = [
        name for name in ("width", "widths", "embedding")
        if said(name) is click.core.ParameterSource.COMMANDLINE
    ]  # fmt: skip
    for name in given:
        if choices["start"] is not None:
            raise click.UsageError(f"--{name} follows from --start; give only one of them.")
        network = choices["network"]
        if (name == "width") is has_widths(network):
            fits = "--widths and --embedding" if name == "width" else "--width"
            raise click.UsageError(f"--{name} is not for {network}, which takes {fits}.")


@contextmanager
def _stopping() -> Iterator[list[int]]:
    """A list to which the first Ctrl+C, or request to end, is added; a second one acts at once."""
    asked: list[int] = []
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _: Any) -> None:
        asked.append(number)
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _device(name: str) -> "torch.device":
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise click.ClickException("PyTorch finds no CUDA device here; use --device cpu.")
    return torch.device(name)


def _tell_warnings(selection: "ClipSelection", pack: "Pack") -> None:
    """Say what is wrong with the clips that are used, as the pack has it."""
    warned = {index: pack.warnings[index] for index in selection.used if pack.warnings[index]}
    tell_warnings({index: [warning] for index, warning in warned.items()})
    if count := len(warned):
        used = "1 clip with a warning is" if count == 1 else f"{count} clips with a warning are"
        click.echo(f"{used} used; --strict leaves such clips out.", err=True)


def _follow(training: "Training", stopped: list[int]) -> None:
    """Do the steps, with a line for each row of the curve and a progress bar on a terminal."""
    selection, recipe = training.selection, training.recipe
    click.echo(
        f"{len(selection.train)} clips to learn from, {len(selection.validate)} to validate on,"
        f" {len(selection.background)} backgrounds; step {training.step} of {recipe.steps}."
    )
    with closing(training.steps()) as steps, counting_bar() as progress:
        task = progress.add_task("training", total=recipe.steps, completed=training.step)
        for row in steps:
            progress.update(task, completed=training.step)
            if row:
                click.echo(_line(row))
                sys.stdout.flush()
            if stopped:
                return


def _line(row: "CurvePoint") -> str:
    found = row.mean_average_precision
    precision = "" if math.isnan(found) else f", mAP {found:.4f}"
    return f"step {row.step}, {row.seconds:.0f} s: loss {row.loss:.6g}{precision}"
