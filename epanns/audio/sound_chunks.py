"""Where the sound is in WAV, RF64, W64, AIFF, 8SVX, CAF and AU, whatever length a header states.

A stated length may be too small (it wrapped at 4 GB, or the recorder ended before it was written)
or only mark that it was not known, as programs do that write to a pipe. What follows it tells:
other chunks, nothing, or more sound.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

WRAP = 1 << 32
LARGEST = WRAP - 2  # what a field of 32 bits states in place of more than it can
# Lengths stated by FFmpeg, SoX (WAV, AIFF), GStreamer and arecord (two versions) in a pipe.
MARKS = (WRAP - 1, 0x7FFFF000, 0x7F000000, 0x7FFF0000, 0x7FFFFF00, 0x80000000)
NEAR = 4096  # bytes by which a mark of all ones may be less, for the header
TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN")  # of MP3; some programs append them to others
USUAL = (b"LIST", b"bext", b"cue ", b"fact", b"id3 ", b"ID3 ", b"smpl", b"inst", b"iXML", b"PAD ")
UNPACKED = (b"", b"NONE", b"sowt", b"twos", b"raw ", b"FL32", b"fl32", b"FL64", b"fl64")  # in AIFC
PCM, EXTENSIBLE = 1, 0xFFFE  # codes of formats in WAV
LEFT_OVER = 256  # bytes after the sound that are too few to be more of it
CHUNKS = 1 << 16  # looked at, at most
DESCRIBED = 64  # bytes of the chunk about the samples
PIECE = 1 << 20
AU_ORDER = {b".snd": ">", b"dns.": "<"}
AU_HEADER = 24


class _Form(NamedTuple):
    """How chunks are laid out in a file."""

    header: int  # bytes before the first chunk
    name: int  # bytes of a chunk's name, of which the first four tell it
    size: str  # of a chunk, as struct has it
    counted: int  # bytes of the chunk's header in its size
    align: int  # chunks begin at multiples of it
    sound: bytes  # the chunk's name
    skipped: int  # bytes of that chunk before the sound
    whole: tuple[int, int] | None  # where the file's own size is, and what it does not count

    @property
    def chunk_header(self) -> int:
        return self.name + struct.calcsize(self.size)

    def after(self, chunk: int, end: int) -> int:
        """Where the chunk after one begins that has its header and its end at these places."""
        return end + (chunk - end) % self.align


_RIFF = _Form(12, 4, "<I", 0, 2, b"data", 0, (4, 8))
_AIFF = _Form(12, 4, ">I", 0, 2, b"SSND", 8, (4, 8))
_W64 = _Form(40, 16, "<Q", 24, 8, b"data", 0, (16, 0))
_CAF = _Form(8, 4, ">q", 0, 1, b"data", 4, None)
_FORMS = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"BW64": _RIFF,
    b"RIFX": _RIFF._replace(size=">I"),
    b"FORM": _AIFF,
    b"riff": _W64,
    b"caff": _CAF,
}


@dataclass
class SoundExtent:
    """Where the sound is in a file; all numbers are bytes.

    Attributes:
        start: its first byte.
        stated: its length as the header states it; None where that marks an unknown one.
        there: its length.
        mended: what the header has to hold to state that, by place.
        fits: whether the header's fields are wide enough for that.
        following: where another file begins that was joined to this one; None for none.
        frame: bytes of a sample of all channels; 0 where that is not known.
        bits: of a PCM sample of a WAV or W64, as its header states it; 0 for others.
        little: whether the lowest byte of a sample comes first.
    """

    start: int
    stated: int | None
    there: int
    mended: dict[int, bytes]
    fits: bool = True
    following: int | None = None
    frame: int = 0
    bits: int = 0
    little: bool = True

    @property
    def end(self) -> int:
        """The byte after the last one of the sound."""
        return self.start + self.there


@dataclass
class _Description:
    """What chunks before the sound say."""

    frame: int = 0
    bits: int = 0
    little: bool = True
    frames_at: int | None = None  # where AIFF states the number of frames
    ds64_at: int | None = None  # where RF64 states its lengths
    length: int | None = None  # of the sound, by it


def find_sound(path: Path, start: int = 0) -> SoundExtent | None:
    """Find the sound in a file.

    Args:
        path: the file.
        start: where it begins, if it is one of several that were joined.

    Returns:
        None if it is no such file, or is damaged before its sound.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(start)
        magic = file.read(4)
        if magic in AU_ORDER:
            return _find_in_au(file, start, size, AU_ORDER[magic])
        form = _FORMS.get(magic)
        if form is None:
            return None
        if form is _AIFF:
            file.seek(start + 8)
            if not file.read(4).startswith(b"AIF"):
                form = form._replace(sound=b"BODY", skipped=0)  # 8SVX
        return _find_in_chunks(file, form, start, size)


def _find_in_chunks(file: BinaryIO, form: _Form, start: int, size: int) -> SoundExtent | None:
    about = _Description(little=form.size[0] == "<")
    for name, at, stated in _chunks(file, form, start + form.header, size):
        content = at + form.chunk_header
        if name == form.sound:
            break
        file.seek(content)
        _describe(about, name, content, file.read(max(min(stated, DESCRIBED), 0)), form)
    else:
        return None
    if about.length is not None and stated >= WRAP - 1:
        stated = about.length
    if name == b"SSND":
        file.seek(content)
        content += int.from_bytes(file.read(4), "big")
    content += form.skipped
    counted = stated
    stated -= content - at - form.chunk_header
    there, following = _true_length(file, form, content, stated, size)
    mended, fits = _mended(about, form, start, at, content, there)
    marked = _is_mark(stated, about.frame) or _is_mark(counted + form.counted)
    known = None if there != stated and marked else stated
    return SoundExtent(
        content, known, there, mended, fits, following, about.frame, about.bits, about.little
    )


def _describe(about: _Description, name: bytes, at: int, content: bytes, form: _Form) -> None:
    """Take what a chunk says of the samples or of the length."""
    if name == b"fmt " and len(content) >= 16:
        code, about.frame, bits = struct.unpack_from(f"{form.size[0]}H10x2H", content)
        if code == EXTENSIBLE and len(content) >= 26:
            (code,) = struct.unpack_from(f"{form.size[0]}H", content, 24)
        about.bits = bits if code == PCM else 0
    elif name == b"ds64" and len(content) >= 24:
        about.ds64_at = at
        about.length = int.from_bytes(content[8:16], "little")
    elif name == b"COMM" and len(content) >= 18:
        channels, _, bits = struct.unpack_from(">HIH", content)
        about.frames_at = at + 2
        about.frame = channels * ((bits + 7) // 8) if content[18:22] in UNPACKED else 0
        about.little = content[18:22] == b"sowt"
    elif name == b"desc" and len(content) >= 32:
        about.frame = int.from_bytes(content[16:20], "big")


def _mended(
    about: _Description, form: _Form, start: int, chunk: int, content: int, there: int
) -> tuple[dict[int, bytes], bool]:
    """The fields that depend on the length as they should be, and whether they can hold it."""
    order = form.size[0]
    stated = content - chunk - form.chunk_header + there
    narrow = form.size[1] == "I" and about.ds64_at is None
    fits = not narrow or stated <= LARGEST
    fields = {}
    if about.ds64_at is not None:
        fields[about.ds64_at] = struct.pack("<QQ", content + there - start - 8, there)
        fields[chunk + form.name] = fields[start + 4] = b"\xff" * 4
    else:
        size = min(stated, LARGEST) if narrow else stated
        fields[chunk + form.name] = struct.pack(form.size, size + form.counted)
        if form.whole:
            place, less = form.whole
            whole = content + there - start - less
            fields[start + place] = struct.pack(form.size, min(whole, LARGEST) if narrow else whole)
    if about.frames_at is not None and about.frame:
        fields[about.frames_at] = struct.pack(f"{order}I", min(there // about.frame, LARGEST))
    return {place - start: content for place, content in fields.items()}, fits


def _find_in_au(file: BinaryIO, start: int, size: int, order: str) -> SoundExtent | None:
    header = file.read(AU_HEADER - 4)
    if len(header) < AU_HEADER - 4:
        return None
    offset, stated = struct.unpack_from(f"{order}2I", header)
    content = start + offset
    if not AU_HEADER <= offset <= size - start:
        return None
    there, following = size - content, None
    if 0 < stated < there:
        file.seek(content + stated)
        if file.read(4) in AU_ORDER:
            there, following = stated, content + stated
        elif not _may_be_sound(file, content + stated, size):
            there = stated
    known = None if stated != there and _is_mark(stated) else stated
    mended = {8: b"\xff" * 4}  # to the end of the file
    return SoundExtent(content, known, there, mended, True, following, little=order == "<")


def _chunks(file: BinaryIO, form: _Form, at: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """The names, places and stated lengths of the chunks from a place on, to what is none."""
    for _ in range(CHUNKS):
        if at + form.chunk_header > size:
            return
        file.seek(at)
        header = file.read(form.chunk_header)
        (stated,) = struct.unpack_from(form.size, header, form.name)
        name = header[:4]
        if not all(0x20 <= letter < 0x7F for letter in name):
            return
        stated -= form.counted
        yield name, at, stated
        if stated < 0:
            return
        at = form.after(at, at + form.chunk_header + stated)


def _true_length(
    file: BinaryIO, form: _Form, content: int, stated: int, size: int
) -> tuple[int, int | None]:
    """The length of the sound at `content`, and where another file begins after it."""
    there = max(size - content, 0)
    if not 0 <= stated <= there:
        return there, None
    wraps = range(stated, there + 1, WRAP) if form.size[1] == "I" else (stated,)
    for length in wraps:
        end = content + length
        for at in sorted({end, form.after(content, end)}):
            if size - at < form.chunk_header:
                return length, None
            file.seek(at)
            if file.read(4) in _FORMS:
                return length, at
            if _chunks_follow(file, form, at, size):
                return length, None
    if _is_mark(stated) or _may_be_sound(file, content + stated, size):
        return there, None
    return stated, None


def _chunks_follow(file: BinaryIO, form: _Form, at: int, size: int) -> bool:
    """Whether chunks stand at a place, to the end of the file."""
    end = None
    for name, place, stated in _chunks(file, form, at, size):
        if name in USUAL:
            return True
        end = place + form.chunk_header + stated
        if stated < 0 or end > size:
            return False
    return end is not None and size - end < form.chunk_header


def _may_be_sound(file: BinaryIO, at: int, size: int) -> bool:
    """Whether what follows a place may be sound: neither a few bytes, nor tags, nor mere zeros."""
    if size - at <= LEFT_OVER:
        return False
    file.seek(at)
    if file.read(16).startswith(TAGS):
        return False
    file.seek(at)
    return any(any(piece) for piece in iter(lambda: file.read(PIECE), b""))


def _is_mark(stated: int, frame: int = 0) -> bool:
    """Whether a stated length says that it was not known."""
    if stated <= 0 or WRAP - NEAR <= stated < WRAP or stated >= (1 << 63) - NEAR:
        return True
    return any(stated in (mark, mark - mark % max(frame, 1)) for mark in MARKS)
