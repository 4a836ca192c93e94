"""Where FLAC streams begin and really end in a file (RFC 9639), whatever STREAMINFO says."""

import re
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from epanns.audio.file_bytes import FileBytes, opened
from epanns.audio.parts import FilePart, Reading
from epanns.audio.sound import Damage
from epanns.audio.tags import after_tags, before_tags

MARK = b"fLaC"
STREAM = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")  # the mark and the header of STREAMINFO
HEADER = 42  # bytes of the mark and of STREAMINFO
READ_AHEAD = 1 << 16  # bytes, more than libFLAC reads at a time
LEAST_BLOCK = 16  # samples
LENGTH = (1 << 36) - 1  # the bits of STREAMINFO that state the length
SYNC = re.compile(rb"\xff[\xf8\xf9]")
FRAME_HEADER = 16  # bytes, at most
TAIL = 1 << 16  # bytes that are searched for the last frames
FRAMES = 3  # of the largest size, that are searched if that is more
SLACK = 0.05  # seconds by which STREAMINFO may be wrong without a report


class _StreamInfo(NamedTuple):
    """What STREAMINFO states."""

    start: int  # of the stream in the file
    block: int  # samples of each frame but the last, unless their sizes vary
    largest: int  # bytes of a frame; 0 if unknown
    packed: int  # rate, channels, width and length
    rate: int
    channels: int

    @property
    def samples(self) -> int:
        """The length; 0 if unknown."""
        return self.packed & LENGTH

    def mended(self, samples: int) -> dict[int, bytes]:
        """What it has to hold to state another length, by its place in the stream."""
        return {18: (self.packed & ~LENGTH | samples).to_bytes(8, "big")}


class _Frame(NamedTuple):
    at: int  # its place in what was searched
    first: int  # its first sample
    size: int  # samples

    @property
    def after(self) -> int:
        return self.first + self.size


class _End(NamedTuple):
    """The true end of a stream.

    Attributes:
        samples: of all frames that are whole.
        cut: whether a part of a frame stands at the end.
        proper: whether the last frame is shorter than the others, as it is at most ends.
    """

    samples: int
    cut: bool
    proper: bool


def find_parts(path: Path) -> list[FilePart]:
    """The first FLAC stream of a file, which knows how to find the next; none if it is no FLAC."""
    with opened(path) as content:
        info = _stream_info(content, after_tags(content))
        return [] if info is None else [_part(content, info, joined=False)]


def _find_next(first: int, path: Path, heard_to: int) -> FilePart | None:
    """The stream after one, by its mark.

    Args:
        first: where to look for it at the earliest.
        path: the file.
        heard_to: how far a decoder has read the file, which may be a bit too far; 0 if unknown.
    """
    with opened(path) as content:
        info = _next_stream(content, max(first, heard_to - READ_AHEAD))
        return None if info is None else _part(content, info, joined=True)


def _next_stream(content: FileBytes, at: int) -> _StreamInfo | None:
    """What STREAMINFO states in the next stream that begins at a place or after it."""
    while (at := content.find(MARK, at)) >= 0:
        if (info := _stream_info(content, at)) is not None:
            return info
        at += 1
    return None


def _stream_info(content: FileBytes, at: int) -> _StreamInfo | None:
    """What STREAMINFO states in the stream that begins at a place, if one does."""
    header = content[at : at + HEADER]
    if len(header) < HEADER or not STREAM.match(header):
        return None
    packed = int.from_bytes(header[18:26], "big")
    block, rate = int.from_bytes(header[10:12], "big"), packed >> 44
    if not rate or block < LEAST_BLOCK:
        return None
    largest = int.from_bytes(header[15:18], "big")
    return _StreamInfo(at, block, largest, packed, rate, (packed >> 41 & 7) + 1)


def _part(content: FileBytes, info: _StreamInfo, joined: bool) -> FilePart:
    """A stream, with what is known of its length."""
    if not joined and not info.samples:
        return FilePart()  # FFmpeg reads it, and all that follow
    end = before_tags(content, len(content))
    found = _find_end(content, info, end)
    if found is not None and (following := _next_stream(content, info.start + 1)):
        end = following.start
        found = _find_end(content, info, end)
    check = partial(_check, info, found)
    find_next = partial(_find_next, info.start + 1)
    if not joined and found is None:
        return FilePart(check=check, find_next=find_next)
    samples = info.samples if found is None else found.samples
    return FilePart(info.start, end, info.mended(samples), check, find_next=find_next)


def _find_end(content: FileBytes, info: _StreamInfo, end: int) -> _End | None:
    """The end of a stream by its last frames; None if it is as stated, or cannot be found."""
    begin = max(info.start + HEADER, end - (FRAMES * info.largest or TAIL))
    tail = content[begin:end]
    frames = [
        frame
        for match in SYNC.finditer(tail)
        if (frame := _frame(tail, match.start(), info)) is not None
    ]
    # What only looks like a frame follows no other.
    before = {frame.after for frame in frames}
    follows = [frame for frame in frames if frame.first in before]
    follows = follows or [frame for frame in frames[:1] if not frame.first]
    if not follows or follows[-1].after == info.samples:
        return None
    frame = follows[-1]
    cut = _crc(tail[frame.at :], 16, 0x8005) != 0
    return _End(frame.first if cut else frame.after, cut, frame.size < info.block)


def _frame(content: bytes, at: int, info: _StreamInfo) -> _Frame | None:
    """The frame whose header stands at a place, if one does."""
    header = content[at : at + FRAME_HEADER]
    if len(header) < 6:
        return None
    size_code, rate_code, layout = header[2] >> 4, header[2] & 15, header[3] >> 4
    channels = layout + 1 if layout < 8 else 2
    if not size_code or rate_code == 15 or layout > 10 or header[3] & 1:
        return None
    if channels != info.channels:
        return None
    ones = 8 - (header[4] ^ 0xFF).bit_length()  # of its number, in UTF-8
    if ones in (1, 8):
        return None
    place = 4 + max(ones, 1)
    number = header[4] & 0xFF >> ones + 1 if ones else header[4]
    for byte in header[5:place]:
        number = number << 6 | byte & 0x3F
    wide = {6: 1, 7: 2}.get(size_code, 0)
    size = int.from_bytes(header[place : place + wide], "big") + 1 if wide else _size(size_code)
    place += wide + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if place >= len(header) or _crc(header[: place + 1], 8, 0x07):
        return None
    return _Frame(at, number if header[1] & 1 else number * info.block, size)


def _size(code: int) -> int:
    """The samples of a frame by their code."""
    if code == 1:
        return 192
    return 576 << code - 2 if code < 6 else 256 << code - 8


@cache
def _crc_table(width: int, polynomial: int) -> list[int]:
    """The remainders of all bytes."""
    table = []
    for byte in range(256):
        remainder = byte << width - 8
        for _ in range(8):
            over = remainder >> width - 1
            remainder = (remainder << 1 ^ polynomial * over) & (1 << width) - 1
        table.append(remainder)
    return table


def _crc(content: bytes, width: int, polynomial: int) -> int:
    """The remainder of some bytes; 0 of those that end with their own checksum."""
    table = _crc_table(width, polynomial)
    mask, shift = (1 << width) - 1, width - 8
    remainder = 0
    for byte in content:
        remainder = remainder << 8 & mask ^ table[remainder >> shift ^ byte]
    return remainder


def _check(info: _StreamInfo, found: _End | None, reading: Reading, damage: Damage) -> None:
    """Note where STREAMINFO is wrong, or what is missing."""
    name, heard = reading.name, reading.heard
    in_header = info.samples / info.rate
    if found is None or not info.samples or abs(in_header - heard) <= SLACK:
        return
    if found.cut and in_header > heard:
        damage.met(
            f"{name} is cut off: {in_header:.1f} s of sound are promised, {heard:.1f} s are there."
        )
    elif in_header > heard and not found.proper:
        damage.note(
            f"{name} is cut off or has a wrong header: {in_header:.1f} s of sound are promised,"
            f" {heard:.1f} s are there."
        )
    else:
        damage.remark(
            f"{name} has a wrong header: it states {in_header:.1f} s of sound; {heard:.1f} s are"
            " there and were read."
        )
