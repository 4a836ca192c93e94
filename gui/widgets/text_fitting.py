"""Where the rows of bars go and how names are made to fit: pure functions, no drawing."""

import re
from collections.abc import Callable
from dataclasses import dataclass

SMALLEST_ROW = 21.0  # pixels of a row at a font scale of 1; below it names cannot be read
SMALLEST_SHARE = 1 / 40  # of the height, for a row: large screens are seen from further away
LARGEST_ROW = 1 / 3  # of the height: a single bar does not fill the window
TWO_LINE_ROW = 40.0  # pixels from which synonyms stand below the name, at a font scale of 1
NAME_SHARE = 0.40  # of the width, for the names
EMS_BESIDE = 14.5  # font heights of the name column at least, where synonyms stand beside
EMS_ABOVE = 10.5  # and where they stand below; few heads of names are longer, and are shrunk
LEAST_SHRINK = 0.72  # a name is shrunk this far at most, then cut with an ellipsis
ELLIPSIS = "…"

Measure = Callable[[str, float], float]  # (text, font pixels) -> width in pixels


@dataclass(frozen=True, slots=True)
class BarLayout:
    """Geometry of the chart in pixels; y counts from the bottom.

    Attributes:
        rows: how many rows fit of those wanted.
        row: height of one row.
        top: upper edge of the first row.
        font: height of the writing of names and scores.
        two_lines: whether synonyms stand below the name, else beside it.
        bar_left, bar_right: where a score of 0 and of 1 end.
        right: right edge of the scores.
        name_width: room for a name.
    """

    rows: int
    row: float
    top: float
    font: float
    two_lines: bool
    bar_left: float
    bar_right: float
    right: float
    name_width: float

    def centre(self, place: int) -> float:
        """Height of the middle of a row, counted from the top."""
        return self.top - (place + 0.5) * self.row


def lay_out(width: int, height: int, wanted: int, scale: float) -> BarLayout:
    """Divide a chart of this size in pixels among as many of the wanted rows as can be read."""
    header = header_height(height, scale)
    room = max(1.0, height - header)
    smallest = max(SMALLEST_ROW * scale, SMALLEST_SHARE * height)
    rows = max(1, min(wanted, int(room / smallest)))
    row = min(room / rows, height * LARGEST_ROW)
    two_lines = row >= TWO_LINE_ROW * scale
    name_column = NAME_SHARE * width
    font = (
        min(0.46 * row, name_column / EMS_ABOVE)
        if two_lines
        else min(0.64 * row, name_column / EMS_BESIDE)
    )
    bar_left = round(name_column + 0.5 * font)
    return BarLayout(
        rows=rows,
        row=row,
        top=(height - header + rows * row) / 2,
        font=font,
        two_lines=two_lines,
        bar_left=bar_left,
        bar_right=max(bar_left + 10, round(width - 3.6 * font)),
        right=width - 2,
        name_width=name_column - 2,
    )


def header_height(height: int, scale: float) -> float:
    """Room above the rows for the numbers of the score scale."""
    return min(max(16.0 * scale, height * 0.045), height * 0.3)


def split_name(name: str) -> tuple[str, str]:
    """A class name as its head and its synonyms: 'Male speech, man speaking' in two."""
    parts = re.fullmatch(r"(.+?)(?:, | (?=\())(.+)", name)
    return (parts[1], parts[2]) if parts else (name, "")


def shrink(text: str, font: float, width: float, measure: Measure) -> tuple[str, float]:
    """Make text fit into a width: by a smaller font first, then by cutting it."""
    wide = measure(text, font)
    if wide <= width:
        return text, font
    font *= max(LEAST_SHRINK, width / wide * 0.99)
    return cut(text, font, width, measure), font


def cut(text: str, font: float, width: float, measure: Measure) -> str:
    """The longest beginning of text that fits into a width, with an ellipsis if it is not all."""
    if measure(text, font) <= width:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip(" ,(") + ELLIPSIS, font) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip(" ,(") + ELLIPSIS
