"""Tags before and after the sound are passed over, of any kind and in any order."""

import pytest

from epanns.audio.tags import after_tags, before_tags, id3_length

ID3 = b"ID3\x04\0\0\0\0\x01\x02" + bytes(130)
FOOTED = b"ID3\x04\0\x10\0\0\0\x05" + b"words" + b"3DI\x04\0\x10\0\0\0\x05"
ID3V1 = b"TAG" + bytes(125)
ITEMS = b"some items"
SIZES = (2000).to_bytes(4, "little") + (len(ITEMS) + 32).to_bytes(4, "little") + bytes(4)
APE = b"".join(
    (
        b"APETAGEX" + SIZES + (0xA0000000).to_bytes(4, "little") + bytes(8),
        ITEMS,
        b"APETAGEX" + SIZES + (0x80000000).to_bytes(4, "little") + bytes(8),
    )
)
LYRICS = b"LYRICSBEGIN" + b"la la" + b"000016" + b"LYRICS200"
SOUND = b"\xff\xfb" + bytes(500)


@pytest.mark.parametrize("tags", [b"", ID3, APE, FOOTED, ID3 + APE, ID3 + ID3 + FOOTED])
def test_sound_begins_after_all_tags(tags: bytes) -> None:
    assert after_tags(tags + SOUND) == len(tags)


@pytest.mark.parametrize(
    "tags", [b"", ID3V1, APE, FOOTED, LYRICS + ID3V1, APE + ID3V1, APE + LYRICS + ID3V1]
)
def test_sound_ends_before_all_tags(tags: bytes) -> None:
    content = SOUND + tags
    assert before_tags(content, len(content)) == len(SOUND)


def test_tags_that_are_longer_than_the_file_end_with_it() -> None:
    assert after_tags(b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + SOUND) == 10 + len(SOUND)
    assert before_tags(APE[len(APE) - 32 :], 32) == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"ID3", b"ID3\x09\0\0\0\0\0\0", b"ID3\x03\0\0\xff\0\0\0", b"ID4\x03\0\0\0\0\0\0"],
)
def test_what_is_no_tag_has_no_length(content: bytes) -> None:
    assert id3_length(content, 0) == 0
