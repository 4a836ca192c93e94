"""Sound files by libsndfile, and what its log says about what is missing in them."""

import os
import re
from pathlib import Path

import soundfile

from epanns.audio.sound import Blocks

LARGEST = 1 << 20  # numbers in a block, for any rate and channels in a header
UNKNOWN = 1 << 62  # frames, from which on the length is not known
SLACK = 0.05  # seconds that may be missing without a report: some encoders count too much

# The lengths in the log: first that of the header, then the actual one, in bytes. W64 has such a
# line only for the file as a whole; RF64 has one in frames, with the actual length first.
SHORT = re.compile(
    r"^ *(?:data|SSND|BODY|Data Size|riff) *: (?P<promised>\d+) \(should be (?P<there>\d+)\)"
    r"|^\*\*\* Calculated frame count (?P<frames>\d+) .* chunk of (?P<promised_frames>\d+)\.",
    re.MULTILINE,
)
UNTOLD = 0xFFFFFFFF  # the length that a header names when sound is written to a pipe
BITS = re.compile(r"^ *Bit Width *: (\d+)", re.MULTILINE)
USUAL_BITS = 4  # widths are multiples of it


def open_file(path: Path) -> soundfile.SoundFile | None:
    """Open a file, or None where FFmpeg should read it.

    FFmpeg reads what libsndfile does not know; MP3, which libsndfile may end at an estimated
    length; and files whose header states no length.
    """
    name = os.fsencode(path) if os.name == "posix" else path  # which may not be valid Unicode
    try:
        file = soundfile.SoundFile(name)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: raw data, which needs parameters
        return None
    if file.subtype.startswith("MPEG") or file.frames >= UNKNOWN:
        file.close()
        return None
    return file


def blocks(file: soundfile.SoundFile, seconds: float) -> Blocks:
    """Read an open file block by block.

    Args:
        file: the file, at its start.
        seconds: the length of a block; shorter where that would be more than LARGEST numbers.

    Yields:
        float32 (frames, channels) at the file's rate; full scale is 1.

    Raises:
        soundfile.LibsndfileError: the file is damaged.
    """
    frames = max(1, min(round(seconds * file.samplerate), LARGEST // file.channels))
    while len(block := file.read(frames, dtype="float32", always_2d=True)):
        yield block


def fault(file: soundfile.SoundFile, heard: int) -> str:
    """What is wrong with a file that was read to its end: a sentence without its subject, or "".

    Args:
        file: the file.
        heard: how many frames were read from it.
    """
    _, _, log = file.extra_info.partition("\nLength")  # after the name, which may be any text
    seconds = heard / file.samplerate
    if "Skipped" in log or "hole" in log:
        lost = max(file.frames - heard, 0) / file.samplerate
        return (
            f"is damaged: {lost:.1f} s of it cannot be read, and what follows them comes earlier."
        )
    if "lacks an end-of-stream bit" in log or "without an End-Of-Stream flag" in log:
        return f"is cut off after {seconds:.1f} s."
    promised = max(file.frames, _promised(log, heard)) / file.samplerate
    if promised > seconds + SLACK:
        return f"is cut off: {promised:.1f} s of sound are promised, {seconds:.1f} s are there."
    bits = BITS.search(log)
    if bits and file.subtype.startswith("PCM") and int(bits[1]) % USUAL_BITS:
        return f"has a damaged header ({bits[1]} bits a sample); it may sound otherwise than meant."
    return ""


def _promised(log: str, heard: int) -> float:
    """The frames that a header promises, where the log says that there are fewer."""
    match = SHORT.search(log)
    if match is None:
        return 0
    if match["promised_frames"]:
        return int(match["promised_frames"])
    promised, there = int(match["promised"]), int(match["there"])
    return heard * promised / there if there and promised != UNTOLD else 0
