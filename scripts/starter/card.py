"""Fill the figures into the model card, between markers; the text around them stays."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from epanns.errors import EpannsError
from epanns.storage.atomic import replacing

Figures = dict[str, Any]

TITLES = {
    "whole": "whole clips, mean and maximum of their 1 s segments",
    "loudest": "the loudest second of each clip",
}
NAMES = {
    "starter": "starter",
    "Mn04": "EfficientAT mn04_as, its main teacher",
    "YAMNet": "YAMNet, the other one",
    "starter_v0": "starter_v0, an earlier starter of 20 minutes of training",
}


class CardError(EpannsError):
    """The model card cannot be filled."""


def fill(card: Path, figures: Figures) -> None:
    """Write the generated parts of a model card anew.

    Args:
        card: a Markdown file with the markers <!-- file --> and <!-- /file -->, between which the
            table of the weights file goes, and <!-- figures --> and <!-- /figures -->.
        figures: as read from the JSON file of figures.write.

    Raises:
        CardError: a marker is missing, or there more than once.
    """
    check(card)
    text = card.read_text(encoding="utf-8")
    for part, lines in {"file": _file(figures), "figures": _figures(figures)}.items():
        start, end = _markers(part)
        before, after = text.split(start)[0], text.split(end)[1]
        text = "\n".join([before + start, *lines, end + after])
    with replacing(card) as draft:
        draft.write_text(text, encoding="utf-8")


def check(card: Path) -> None:
    """Make sure that a model card can be filled.

    Raises:
        CardError: a marker is missing, or there more than once.
    """
    text = card.read_text(encoding="utf-8")
    for start, end in map(_markers, ("file", "figures")):
        if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
            raise CardError(f"{card} must hold {start} and after it {end}, each of them once.")


def _markers(part: str) -> tuple[str, str]:
    return f"<!-- {part} -->", f"<!-- /{part} -->"


def _file(figures: Figures) -> Iterator[str]:
    file, network = figures["file"], figures["network"]
    widths = ", ".join(str(width) for width in network["widths"][1::2])
    work = network["multiply_accumulates_per_second"] / 1e9
    yield from _table(
        ("", ""),
        [
            ("file", f"`{file['name']}`, {file['bytes']:,} bytes, sha256 `{file['sha256']}`"),
            (
                "network",
                f"`Cnn14` with {widths} channels in its six blocks and an embedding of"
                f" {network['embedding']}",
            ),
            ("values", f"{network['learnt_values'] / 1e6:.2f} M learnt"),
            (
                "cost",
                f"{work:.3f} G multiply-accumulates for a 1 s segment,"
                f" {_percent(network['share_of_epanns'])} of E-PANNs'",
            ),
        ],
    )


def _figures(figures: Figures) -> Iterator[str]:
    """One table a subject."""
    yield from _goals(figures["goals"])
    yield from _recognition(figures["recognition"])
    yield from _lengths(figures["lengths"])
    yield from _speech(figures["speech"])
    yield from _calibration(figures["calibration"])
    yield from _never_heard(figures["never_heard"])
    if "unseen" in figures:
        yield from _unseen(figures["unseen"])


def _goals(goals: Sequence[Figures]) -> Iterator[str]:
    rows = []
    for goal in goals:
        at_least = "at_least" in goal
        wanted = goal["at_least" if at_least else "at_most"]
        text = f"at {'least' if at_least else 'most'} {_number(wanted)}"
        rows.append((goal["name"], _number(goal["value"]), text, "yes" if goal["met"] else "no"))
    yield from _table(("what", "reached", "goal", "met"), rows)


def _recognition(cuts: Figures) -> Iterator[str]:
    names = [name for name in NAMES if name in cuts["loudest"]]
    few = cuts["loudest"]["classes_all_know"]
    rows: list[tuple[str, ...]] = []
    for cut, title in TITLES.items():
        each = [cuts[cut][name] for name in names]
        rows.append((f"mAP, {title}", *(_number(one["mAP"]) for one in each)))
        if few < cuts[cut]["classes"]:
            known = (_number(one["mAP_of_classes_all_know"]) for one in each)
            rows.append((f"the same over the {few} classes that all of them know", *known))
    for top in ("top1", "top3"):
        title = {"top1": "first tag right", "top3": "among the first three"}[top]
        each = [cuts["loudest"][name]["esc10"] for name in names]
        clips = each[0]["clips"]
        rows.append((f"ESC-10, {clips} clips, {title}", *(_number(one[top]) for one in each)))
    yield ""
    yield (
        f"Macro mAP over the {cuts['loudest']['classes']} classes that occur in the"
        f" {cuts['loudest']['clips']} clips of the test split; ESC-10 by the loudest second:"
    )
    yield ""
    yield from _table(("", *(NAMES[name] for name in names)), rows)


def _lengths(lengths: Sequence[Figures]) -> Iterator[str]:
    names = list(lengths[0]["mAP"])
    rows = []
    for each in lengths:
        pairs = ((each["mAP"][name], each["mAP_of_their_loudest_second"][name]) for name in names)
        cells = [f"{_number(mean)} ({_number(second)})" for mean, second in pairs]
        rows.append((f"{each['seconds']:g} s", str(each["clips"]), *cells))
    yield ""
    yield (
        "mAP of one pass over the loudest stretch of so many seconds, of the clips that last as"
        " long; in brackets that of the loudest second of the same clips:"
    )
    yield ""
    yield from _table(("length", "clips", *(NAMES[name] for name in names)), rows)


def _speech(speech: Figures) -> Iterator[str]:
    yield ""
    yield (
        "Speech as the first tag of the seconds that contain speech: of sentences spoken by"
        " espeak-ng's voices, none of which was used in training, and of the test split's"
        " recordings by their source:"
    )
    yield ""
    rows = []
    for kind, found in speech.items():
        for who, each in [(f"all {kind}", found["all"]), *found["each"].items()]:
            name = who.removeprefix("github:")
            rows.append((name, str(each["segments"]), _percent(each["speech_first"])))
    yield from _table(("", "seconds", "Speech first"), rows)


def _calibration(calibration: Figures) -> Iterator[str]:
    found, strict = calibration["without_doubtful"], calibration["by_labels"]
    yield ""
    yield (
        "Calibration, on the loudest second of each clip. Every class of a clip is a case, but for"
        " classes above or below one of its labels that are not listed themselves. Of the scores"
        f" above 0.3, {_percent(found['precision'])} are right by the labels"
        f" ({_percent(strict['precision'])} counting those classes as wrong, too),"
        f" and {_percent(found['recall'])} of the labels score above 0.3. The calibration error"
        f" over scores above 0.05 is {_number(found['calibration_error'])}."
    )
    yield ""
    rows = [
        (
            f"{each['above']:g} to {each['up_to']:g}",
            f"{each['cases']:,}",
            _number(each["mean_score"]),
            _number(each["share_right"]),
        )
        for each in found["bins"]
    ]
    yield from _table(("scores", "cases", "mean score", "share right"), rows)


def _never_heard(found: Figures) -> Iterator[str]:
    sources = [f"{name.removeprefix('github:')} ({n})" for name, n in found["sources"].items()]
    yield ""
    yield (
        "On sources that it never heard, which their licences keep out of training: macro mAP over"
        f" the {found['classes']} classes that occur in the {found['clips']} clips of"
        f" {', '.join(sources)}. In brackets, how many times the main teacher's that is:"
    )
    yield ""
    names = [name for name in NAMES if name in found["loudest"]]
    rows = []
    for cut, title in TITLES.items():
        each = [found[cut][name] for name in names]
        times = [f"{_number(one)} ({_number(one / found[cut]['Mn04'])})" for one in each]
        rows.append((title, *times))
    yield from _table(("", *(NAMES[name] for name in names)), rows)


def _unseen(unseen: Figures) -> Iterator[str]:
    yield ""
    yield (
        "Sources held out in turn: a network of the same recipe, trained without one source"
        f" for 1/{unseen['shorter']} of the steps, on all clips of that source. mAP, in brackets"
        " the teacher's:"
    )
    yield ""
    cuts = list(TITLES)
    rows = [
        (
            each["source"],
            str(each["clips"]),
            *(f"{_number(each[cut]['starter'])} ({_number(each[cut]['teacher'])})" for cut in cuts),
        )
        for each in unseen["sources"]
    ]
    times = unseen["times_the_teacher"]
    rows.append(("times the teacher, on the mean", "", *(_number(times[cut]) for cut in cuts)))
    yield from _table(("source", "clips", *(TITLES[cut] for cut in cuts)), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield "|" + "---|" * len(head)
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
