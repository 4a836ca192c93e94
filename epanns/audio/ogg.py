"""The streams of an Ogg file, by its pages (RFC 3533): where they begin, and what is missing."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from epanns.audio.file_bytes import FileBytes, opened
from epanns.audio.ogg_packets import PacketClock
from epanns.audio.parts import FilePart, Reading, note_faults
from epanns.audio.sound import Damage

FORM = "ogg"  # FFmpeg's name
CAPTURE = b"OggS\0"  # with the version
HEADER = struct.Struct("<4sBBqIIIB")
NONE = -1  # the position of a page in which no packet ends
FIRST, LAST = 2, 4  # flags of the pages that begin and end a stream
HOLE = 0.06  # seconds from which on sound is missing: more than a packet's
SLACK = 0.05  # seconds that may be missing without a report
MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Page(NamedTuple):
    start: int
    end: int
    flags: int
    serial: int
    number: int
    position: int  # of the sound that ends in it; NONE if none does
    content: bytes

    def as_last(self, start: int) -> dict[int, bytes]:
        """What has to be in it for it to be the last of a link that begins at `start`."""
        if self.flags & LAST:
            return {}
        place = self.start - start
        flags = bytes([self.flags | LAST])
        content = self.content[:5] + flags + self.content[6:]
        return {place + 5: flags, place + 22: checksum(content)}


@dataclass
class OggLink:
    """Streams beside each other, mostly one, in a file that may hold several after each other.

    Attributes:
        start: the first byte.
        numbers: the number of the last page of each stream.
        ended: the streams whose last page says that it is the last.
        damaged: whether pages are missing or damaged.
        cut: whether the file ends within a page.
        has_holes: whether the clock goes on by more than the packets last.
        last: the last page with a position.
    """

    start: int
    numbers: dict[int, int] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    damaged: bool = False
    cut: bool = False
    has_holes: bool = False
    last: _Page | None = None
    _clock: PacketClock | None = field(default=None, repr=False)
    _due: int = field(default=0, repr=False)  # samples of packets since the last position
    _begun: bool = field(default=False, repr=False)

    def is_left_by(self, page: _Page) -> bool:
        """Whether a page begins the next link: one that begins a stream after others went on."""
        return bool(page.flags & FIRST) and self._begun

    def take(self, page: _Page) -> None:
        """Go on by a page."""
        number = self.numbers.get(page.serial)
        self._begun = self._begun or not page.flags & FIRST
        self.damaged |= self.cut or (number is not None and page.number != number + 1)
        self.cut = False
        self.numbers[page.serial] = page.number
        if number is None:
            self._clock = PacketClock.read(page.content)
        elif self._clock is not None:
            self._keep_time(self._clock, page)
        if page.position != NONE:
            self.last = page
        if page.flags & LAST:
            self.ended.add(page.serial)

    def _keep_time(self, clock: PacketClock, page: _Page) -> None:
        """Compare the clock with the packets of a page."""
        self._due += clock.most(page.content)
        if page.position == NONE:
            return
        before = self.last.position if self.last else 0
        if before and page.position - before > self._due + HOLE * clock.rate:
            self.has_holes = True
        self._due = 0


def find_parts(path: Path) -> list[FilePart]:
    """The streams of a file that follow each other; none if it is no Ogg file."""
    links = find_links(path)
    return [_part(link, alone=len(links) == 1) for link in links]


def _part(link: OggLink, alone: bool) -> FilePart:
    """A link as a file.

    libsndfile fails at the end where the last page with a position is not marked as the last, and
    does not say when sound was that follows a hole; FFmpeg does.
    """
    check = partial(_check, link)
    if link.damaged or link.has_holes:
        end = None if alone else link.last.end if link.last else None
        return FilePart(link.start, end, check=check, form=FORM)
    mended = link.last.as_last(link.start) if link.last and len(link.numbers) == 1 else {}
    if alone and not mended:
        return FilePart(check=check)
    return FilePart(link.start, link.last.end if link.last else None, mended, check)


def find_links(path: Path) -> list[OggLink]:
    """The links of the chain that an Ogg file is; none if it is no such file."""
    links: list[OggLink] = []
    with opened(path) as content:
        if content[: len(CAPTURE)] != CAPTURE:
            return []
        end = 0
        for page in _pages(content):
            if isinstance(page, int):
                if links:
                    links[-1].cut = True
                continue
            if not links or links[-1].is_left_by(page):
                links.append(OggLink(page.start))
            elif page.start != end:
                links[-1].damaged = True
            links[-1].take(page)
            end = page.end
    return links


def _pages(content: FileBytes) -> Iterator[_Page | int]:
    """The pages whose checksums are right; the place of one that ends beyond the file's end."""
    at = content.find(CAPTURE)
    while at >= 0:
        length = _length(content[at : at + HEADER.size + 255])
        page = content[at : at + length]
        end = at + 1
        if len(page) < length:
            yield at
        elif page[22:26] == checksum(page):
            _, _, flags, position, serial, number, _, _ = HEADER.unpack_from(page)
            end = at + length
            yield _Page(at, end, flags, serial, number, position, page)
        at = end if content[end : end + len(CAPTURE)] == CAPTURE else content.find(CAPTURE, end)


def _length(header: bytes) -> int:
    """The bytes of a page; more than there are if its header is cut off."""
    if len(header) < HEADER.size or len(header) < HEADER.size + header[HEADER.size - 1]:
        return len(header) + 1
    table = header[HEADER.size : HEADER.size + header[HEADER.size - 1]]
    return HEADER.size + len(table) + sum(table)


def checksum(page: bytes) -> bytes:
    """The checksum of a page, as it stands in its header.

    It is the CRC-32 of zlib with the bits of each byte, and of the result, the other way round.
    """
    cleared = page[:22] + bytes(4) + page[26:]
    mirrored = zlib.crc32(cleared.translate(MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return mirrored.to_bytes(4, "big").translate(MIRRORED)


def _check(link: OggLink, reading: Reading, damage: Damage) -> None:
    """Note what is missing."""
    name, heard, stated = reading.name, reading.heard, reading.stated
    lost = stated - heard
    if link.has_holes and not link.damaged:
        missing = reading.missing + max(lost, 0.0)
        note_faults(reading._replace(stated=0.0, missing=missing), damage)
        lost = 0.0
    if link.cut:
        damage.note(f"{name} is cut off after {heard:.1f} s.")
    elif link.damaged:
        lost = max(lost, 0.0) + reading.missing
        silent = "; silence stands in for them" if reading.missing else ""
        damage.note(f"{name} is damaged: {lost:.1f} s of it cannot be read{silent}.")
    elif lost > SLACK:
        damage.note(
            f"{name} lacks {lost:.1f} s of sound by its clock; what follows them comes earlier."
        )
    elif not link.numbers.keys() <= link.ended:
        damage.note(f"{name} has no mark of its end after {heard:.1f} s; it may be cut off.")
