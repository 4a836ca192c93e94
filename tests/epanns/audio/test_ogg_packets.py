"""The packets of a page are as long as the clock says, and no longer where something is missing."""

from pathlib import Path

from epanns.audio.ogg_packets import PacketClock
from tests.support.joined_sounds import encoded, pages, written

POSITION = slice(6, 14)


def positions(content: bytes) -> list[int]:
    return [int.from_bytes(page[POSITION], "little") for page in pages(content)]


def test_packets_of_opus_are_as_long_as_their_pages(tmp_path: Path) -> None:
    content = encoded(tmp_path / "a.opus", 4.0, "libopus", 48000, page_duration="400000")
    clock = PacketClock.read(pages(content)[0])
    assert clock == PacketClock(48000)
    for page, before, after in zip(
        pages(content)[3:-1], positions(content)[2:], positions(content)[3:], strict=False
    ):
        assert clock.most(page) == after - before


def test_packets_of_vorbis_are_not_shorter_than_their_pages() -> None:
    content = written(10.0, "OGG", "VORBIS")
    clock = PacketClock.read(pages(content)[0])
    assert clock is not None and clock.rate == 16000
    for page, before, after in zip(
        pages(content)[3:], positions(content)[2:], positions(content)[3:], strict=False
    ):
        assert after - before <= clock.most(page) < 3 * (after - before) + 2048


def test_other_codecs_have_no_such_clock(tmp_path: Path) -> None:
    assert PacketClock.read(pages(encoded(tmp_path / "a.oga", 1.0, "flac"))[0]) is None
    assert PacketClock.read(bytes(30)) is None


def test_the_first_bytes_of_a_packet_of_opus_tell_its_length() -> None:
    """RFC 6716, 3.1: mode and length of its frames in five bits, how many of them in two."""
    clock = PacketClock(48000)
    for head, samples in (
        (b"\x00", 480),
        (b"\x18", 2880),
        (b"\x60", 480),
        (b"\xe0", 120),
        (b"\xf8", 960),
        (b"\xf9", 1920),
        (b"\xfb\x03", 2880),
    ):
        page = bytes(26) + bytes([1, len(head)]) + head
        assert clock.most(page) == samples
