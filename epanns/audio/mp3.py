"""Where MP3 streams begin and end in a file, and how long they should be by Xing, LAME and VBRI."""

import struct
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from epanns.audio.ffmpeg import format_name
from epanns.audio.file_bytes import FileBytes, opened
from epanns.audio.parts import FilePart, Reading
from epanns.audio.sound import Damage
from epanns.audio.tags import after_tags, before_tags, id3_length

FORM = "mp3"  # FFmpeg's name
BITRATES = {  # kbit/s by version 1 or not, and layer
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = (44100, 48000, 32000)  # of version 1; halved for 2, again for 2.5
IN_A_ROW = 3  # frames that tell an MP3
JUNK = 1 << 18  # bytes before the first frame, after tags, that are searched for it
SLACK = 0.1  # seconds: some encoders count a frame too much
ERROR_SLACK = 0.02  # seconds, where the decoder failed
NEAR = 8192  # bytes in which frames are looked for where a stream should begin
ROUNDED = 16  # bytes by which a stated size may be wrong
MARKS = (b"Xing", b"Info")  # of what states the length of a stream, in its first frame
SIDES = (13, 15, 21, 23, 36, 38)  # bytes from the start of the frame to that, in all layouts
MOST = 1000  # streams in a file, at most


class _FrameHeader(NamedTuple):
    """What the header of a frame states."""

    length: int  # bytes
    samples: int
    rate: int
    side: int  # bytes from its start to where Xing may stand


@dataclass(frozen=True)
class Mp3Stream:
    """A stream.

    Attributes:
        frame: the first byte of its first frame.
        end: the byte after its last one.
        seconds: its length as it states it, less what the encoder added; None if it does not.
        size: the bytes from `frame` on that it states; None if it does not.
    """

    frame: int
    end: int
    seconds: float | None
    size: int | None


def find_parts(path: Path) -> list[FilePart]:
    """The MP3 streams of a file, one after the other; none if it is no MP3."""
    with opened(path) as content:
        streams = find_streams(content)
        # Other containers, too, may hold such frames.
        if streams and streams[0].frame != after_tags(content) and format_name(path) != FORM:
            return []
        plain = len(streams) == 1 and streams[0].end == len(content)
        whole = plain and streams[0].frame == id3_length(content, 0)
    parts = []
    for stream in streams:
        check = partial(_check, stream)
        start, end = (0, None) if whole else (stream.frame, stream.end)
        parts.append(FilePart(start, end, check=check, form="" if whole else FORM))
    return parts


def find_streams(content: FileBytes) -> list[Mp3Stream]:
    """The streams of a file; none if no frames stand after its tags."""
    last = before_tags(content, len(content))
    streams: list[Mp3Stream] = []
    start: int | None = 0
    while start is not None and len(streams) < MOST:
        first = _first_frame(content, after_tags(content, start), last)
        if first is None:
            break
        at, frame = first
        seconds, size = _stated(content[at : at + max(frame.length, 512)], frame)
        following = _following(content, at, frame, size, last)
        end = last if following is None else before_tags(content, following)
        streams.append(Mp3Stream(at, end, seconds, size))
        start = following
    return streams


def _frame(header: bytes) -> _FrameHeader | None:
    """What four bytes state as the header of a frame; None if they are none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer == 4 or not 0 < bitrate < 15 or rate == 3:
        return None
    first = version == 3
    hertz = RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 384 if layer == 1 else 576 if layer == 3 and not first else 1152
    padding = (header[2] >> 1 & 1) * (4 if layer == 1 else 1)
    bits = BITRATES[first, layer][bitrate - 1] * 1000 * samples
    length = bits // (8 * hertz) + padding
    if layer == 1:
        length = bits // (32 * hertz) * 4 + padding
    mono = header[3] >> 6 == 3
    side = 4 + ((17 if mono else 32) if first else (9 if mono else 17))
    return _FrameHeader(length, samples, hertz, side + (0 if header[1] & 1 else 2))


def _frames_at(content: bytes, at: int, whole: bool = False) -> _FrameHeader | None:
    """The first of some frames that stand at a place one after the other; None if none do.

    Args:
        content: what is searched.
        at: the place.
        whole: whether fewer will do where the content ends with the last of them.
    """
    first = None
    for _ in range(IN_A_ROW):
        frame = _frame(content[at : at + 4])
        if frame is None or (first is not None and frame.rate != first.rate):
            return None
        first = first or frame
        at += frame.length
        if at == len(content) and whole:
            break
    return first


def _first_frame(content: FileBytes, at: int, end: int) -> tuple[int, _FrameHeader] | None:
    """The place of the first frame from a place on, and what it states."""
    searched = content[at : min(at + JUNK, end)]
    place = searched.find(b"\xff")
    while place >= 0:
        if (frame := _frames_at(searched, place, whole=place == 0)) is not None:
            return at + place, frame
        place = searched.find(b"\xff", place + 1)
    return None


def _stated(content: bytes, frame: _FrameHeader) -> tuple[float | None, int | None]:
    """The seconds and the bytes that a first frame states for its stream; None where it does not.

    Args:
        content: of the frame.
        frame: what its header states.
    """
    if content[36:40] == b"VBRI" and len(content) >= 54:
        size, frames = struct.unpack_from(">2I", content, 46)
        return frames * frame.samples / frame.rate, size or None
    tag = content[frame.side :]
    if tag[:4] not in MARKS or len(tag) < 16:
        return None, None
    flags = tag[7]
    place = 8
    frames = size = 0
    if flags & 1:
        frames, place = int.from_bytes(tag[place : place + 4], "big"), place + 4
    if flags & 2:
        size, place = int.from_bytes(tag[place : place + 4], "big"), place + 4
    place += (100 if flags & 4 else 0) + (4 if flags & 8 else 0)
    added = int.from_bytes(tag[place + 21 : place + 24], "big")  # by the encoder: before, after
    samples = max(frames * frame.samples - (added >> 12) - (added & 0xFFF), 0)
    return samples / frame.rate if frames else None, size or None


def _following(
    content: FileBytes, at: int, frame: _FrameHeader, size: int | None, last: int
) -> int | None:
    """Where the stream begins that follows the one whose first frame stands at a place."""
    if size is not None:
        end = at + size
        if abs(end - last) <= ROUNDED:
            return None
        place = after_tags(content, end)
        if place < last and _frames_at(content[place : place + NEAR], 0) is not None:
            return end
    places = [_next_id3(content, at + frame.length, last)]
    if size is not None:
        places += [_next_info(content, at + frame.length, mark, last) for mark in MARKS]
    return min((place for place in places if place is not None), default=None)


def _next_id3(content: FileBytes, at: int, last: int) -> int | None:
    """Where the next ID3v2 tag begins that has frames after it."""
    while 0 <= (at := content.find(b"ID3", at)) < last:
        if id3_length(content, at):
            place = after_tags(content, at)
            if _first_frame(content, place, min(place + NEAR, last)) is not None:
                return at
            at = place  # after all tags in a row, so that many of them cost no more than one
        else:
            at += 1
    return None


def _next_info(content: FileBytes, at: int, mark: bytes, last: int) -> int | None:
    """Where the next frame begins that holds a mark and states the length of a stream."""
    while 0 <= (at := content.find(mark, at)) < last:
        for side in SIDES:
            frame = _frames_at(content[max(at - side, 0) : at + NEAR], 0)
            if frame is not None and frame.side == side:
                return at - side
        at += 1
    return None


def _check(stream: Mp3Stream, reading: Reading, damage: Damage) -> None:
    """Note what is missing; without a stated length, what the decoder failed at."""
    if stream.seconds is None:
        if reading.failure:
            damage.note(reading.failure)
        return
    lost = stream.seconds - reading.heard
    if lost <= (ERROR_SLACK if reading.failure else SLACK):
        return
    if stream.size is None or stream.end - stream.frame < stream.size:
        damage.note(
            f"{reading.name} is cut off: {stream.seconds:.1f} s of sound are promised,"
            f" {reading.heard:.1f} s are there."
        )
    else:
        damage.note(f"{reading.name} is damaged: {lost:.1f} s of it cannot be read.")
