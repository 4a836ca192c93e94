"""WAV, AIFF and their like as a decoder is to read them, and what is wrong with their lengths."""

from functools import partial
from pathlib import Path

from epanns.audio.parts import FilePart, Headless, Reading
from epanns.audio.sound import Damage
from epanns.audio.sound_chunks import SoundExtent, find_sound

SLACK = 0.05  # seconds that may be missing or left over without a report: some writers count badly
USUAL_BITS = 4  # widths of PCM samples are multiples of it
MOST = 1000  # files joined to one, at most


def find_parts(path: Path) -> list[FilePart]:
    """The files within a file of chunks; none if it is no such file."""
    parts: list[FilePart] = []
    start: int | None = 0
    while start is not None and len(parts) < MOST:
        extent = find_sound(path, start)
        if extent is None:
            break
        alone = start == 0 and extent.following is None
        check = partial(_check, extent)
        if alone and extent.stated == extent.there:
            parts.append(FilePart(check=check))
        else:
            headless = _headless(extent)
            parts.append(FilePart(start, extent.end, extent.mended, check, headless=headless))
        start = extent.following
    return parts


def _headless(extent: SoundExtent) -> Headless | None:
    """The sound alone, where no header can state its length."""
    if extent.fits:
        return None
    return Headless(extent.start, extent.end, "LITTLE" if extent.little else "BIG")


def _check(extent: SoundExtent, reading: Reading, damage: Damage) -> None:
    """Note what is missing, what was not promised, and samples of an odd width."""
    name, heard = reading.name, reading.heard
    if not extent.there or not heard:
        return
    in_header = heard if extent.stated is None else heard * extent.stated / extent.there
    if reading.stated > heard + SLACK:  # a table of packets states it, too
        in_header = max(in_header, reading.stated)
    if in_header > heard + SLACK:
        damage.note(
            f"{name} is cut off: {in_header:.1f} s of sound are promised, {heard:.1f} s are there."
        )
    elif in_header < heard - SLACK:
        damage.remark(
            f"{name} has a wrong header: it states {in_header:.1f} s of sound; {heard:.1f} s are"
            " there and were read."
        )
    if extent.bits % USUAL_BITS:
        damage.remark(
            f"{name} has a damaged header ({extent.bits} bits a sample); it may sound otherwise"
            " than meant."
        )
