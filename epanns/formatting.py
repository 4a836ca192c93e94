"""Numbers as text for the user: shares, times, sizes, frequencies."""

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


def ago(seconds: float) -> str:
    """How long ago something was heard, as a label of a time axis: now, 15 s ago."""
    return f"{seconds:.0f} s ago" if seconds else "now"


def hertz(frequency: float) -> str:
    """A frequency: 50 Hz, 14 kHz."""
    return f"{frequency / 1000:g} kHz" if frequency >= 1000 else f"{frequency:g} Hz"
