"""How long the packets of a page of Ogg last, without decoding them: of Opus and of Vorbis."""

from typing import NamedTuple

TABLE = 26  # the place in a page of the number of its segments
OPUS_RATE = 48000  # of all positions of Opus
OPUS_FRAMES = (
    *((480, 960, 1920, 2880) * 3),  # samples of a frame by its mode: SILK,
    *((480, 960) * 2),  # hybrid,
    *((120, 240, 480, 960) * 4),  # CELT
)


class PacketClock(NamedTuple):
    """What the first page of a stream says of the lengths of its packets.

    Attributes:
        rate: of positions, in Hz.
        longest: samples of the longest packet of Vorbis; 0 for Opus, whose packets tell their own.
    """

    rate: int
    longest: int = 0

    @classmethod
    def read(cls, page: bytes) -> "PacketClock | None":
        """Take it from the first page of a stream; None for other codecs."""
        content = page[TABLE + 1 + page[TABLE] :]
        if content.startswith(b"OpusHead"):
            return cls(OPUS_RATE)
        if content.startswith(b"\x01vorbis") and len(content) >= 29:
            rate = int.from_bytes(content[12:16], "little")
            return cls(rate, (1 << (content[28] >> 4)) // 2) if rate else None
        return None

    def most(self, page: bytes) -> int:
        """The samples that the packets of a page hold at most, those that end in it."""
        segments = page[TABLE + 1 : TABLE + 1 + page[TABLE]]
        if self.longest:
            return self.longest * (len(segments) - segments.count(255))
        samples, at, begin = 0, TABLE + 1 + len(segments), TABLE + 1 + len(segments)
        for segment in segments:
            at += segment
            if segment < 255:
                samples += _opus_samples(page[begin : begin + 2])
                begin = at
        return samples


def _opus_samples(head: bytes) -> int:
    """The samples of a packet of Opus, by its first two bytes (RFC 6716, 3.1)."""
    if not head:
        return 0
    frames = (1, 2, 2, head[1] & 63 if len(head) > 1 else 0)[head[0] & 3]
    return frames * OPUS_FRAMES[head[0] >> 3]
