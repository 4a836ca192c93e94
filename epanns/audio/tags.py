"""Tags that stand before and after the sound in MP3 and FLAC: ID3, APE and Lyrics3."""

from epanns.audio.file_bytes import FileBytes

ID3 = 10  # bytes of the header of an ID3v2 tag, and of its footer
ID3V1 = 128
APE = 32  # bytes of the header of an APE tag, and of its footer
LYRICS = 15  # bytes that end a Lyrics3v2 tag: its length in six digits, and LYRICS200

Content = FileBytes | bytes


def id3_length(content: Content, at: int) -> int:
    """The bytes of the ID3v2 tag that begins at a place; 0 if none does."""
    header = content[at : at + ID3]
    if len(header) < ID3 or header[:3] != b"ID3" or not 2 <= header[3] <= 4 or header[4] == 0xFF:
        return 0
    if any(byte & 0x80 for byte in header[6:]):
        return 0
    return ID3 + _syncsafe(header[6:]) + (ID3 if header[5] & 0x10 else 0)


def after_tags(content: Content, at: int = 0) -> int:
    """Where the tags end that begin at a place, if any do."""
    while at < len(content):
        if length := id3_length(content, at):
            at += length
        elif content[at : at + 8] == b"APETAGEX":
            at += APE + int.from_bytes(content[at + 12 : at + 16], "little")
        else:
            break
    return min(at, len(content))


def before_tags(content: Content, end: int) -> int:
    """Where the tags begin that end at a place, if any do."""
    while end > 0:
        length = _length_before(content[max(end - ID3V1, 0) : end])
        if not length:
            break
        end = max(end - length, 0)
    return end


def _length_before(tail: bytes) -> int:
    """The bytes of the tag that ends with these bytes; 0 if none does."""
    if len(tail) == ID3V1 and tail.startswith(b"TAG"):
        return ID3V1
    footer = tail[-APE:]
    if len(footer) == APE and footer.startswith(b"APETAGEX"):
        return int.from_bytes(footer[12:16], "little") + (APE if footer[23] & 0x80 else 0)
    footer = tail[-LYRICS:]
    if footer.endswith(b"LYRICS200") and footer[:6].isdigit():
        return int(footer[:6]) + LYRICS
    footer = tail[-ID3:]
    return 2 * ID3 + _syncsafe(footer[6:]) if footer.startswith(b"3DI") else 0


def _syncsafe(digits: bytes) -> int:
    """A number of ID3v2: seven bits a byte."""
    number = 0
    for byte in digits:
        number = number << 7 | byte & 0x7F
    return number
