"""Text for the user: shares, times, sizes, frequencies; and names that come from files."""

import unicodedata
from collections.abc import Sequence

SPACE = "\N{NO-BREAK SPACE}"  # between a number and its unit


def per_cent(share: float) -> str:
    """A share in per cent, with at most three digits: 0.05 is "5 %"."""
    return f"{100 * share:.3g}{SPACE}%"


def whole_per_cent(share: float) -> str:
    """A share in whole per cent, as a bar shows it: 0.934 is "93 %"."""
    return f"{100 * share:.0f}{SPACE}%"


def elapsed(seconds: float) -> str:
    """A time since a beginning: 0:07, 12:34, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def duration(seconds: float) -> str:
    """A length of time: 4.2 s, 3 min 7 s, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def amount(seconds: float, size: int) -> str:
    """The length and size of a recording: 1:02, 12.3 MB."""
    number = f"{size / 1e6:.1f}{SPACE}MB"
    if size >= 1e9:
        number = f"{size / 1e9:.2f}{SPACE}GB"
    return f"{elapsed(seconds)}, {number}"


def megabytes(size: int, space: str = " ") -> str:
    """A number of bytes to three digits: "4.84 MB"."""
    return f"{size / 1e6:.3g}{space}MB"


def listed(texts: Sequence[str], most: int) -> str:
    """Texts for a sentence, of many the first ones: "Bark, Meow and 3 more"."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def millions(count: int, digits: int = 1) -> str:
    """How many numbers a network has: 24.3 M; in full where that is less than 0.1 M: 9,456."""
    return f"{count / 1e6:.{digits}f} M" if count >= 1e5 else f"{count:,}"


def milliseconds(seconds: float, space: str = " ") -> str:
    """A short time: 2.26 ms."""
    return f"{1000 * seconds:.3g}{space}ms"


def ago(seconds: float) -> str:
    """How long ago something was heard, as a label of a time axis: now, 15 s ago."""
    return f"{seconds:.0f} s ago" if seconds else "now"


def hertz(frequency: float) -> str:
    """A frequency: 50 Hz, 14 kHz."""
    return f"{frequency / 1000:g} kHz" if frequency >= 1000 else f"{frequency:g} Hz"


# Of Unicode's categories: controls, formatting marks, halves of pairs, private letters, ends of
# lines and paragraphs. Terminals obey some of them, tables fall apart, right-to-left marks disguise
# what a name says.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
JOINERS = "\u200c\u200d"  # within words of some scripts, and within emoji
FORMULA = ("=", "+", "-", "@")  # with these a spreadsheet's formulas begin


def visible(text: str) -> str:
    """A text from a file or a device as it can be shown: with an escape for what is not seen."""
    if text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode()
        if unicodedata.category(each) in UNSEEN and each not in JOINERS
        else each
        for each in text
    )


def cell(text: str) -> str:
    """A text for a cell of CSV: one that spreadsheets would compute gets a ' before it."""
    return f"'{text}" if _is_formula(text) else text


def text_of(cell: str) -> str:
    """The text that cell() was given."""
    return cell.removeprefix("'") if _is_formula(cell) else cell


def _is_formula(text: str) -> bool:
    return text.lstrip("'").startswith(FORMULA)
