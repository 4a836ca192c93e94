"""The length that is read of a file is what FFmpeg finds, or a warning says why it is not.

Headers, lengths, tags and the order of chunks are drawn at random. Each example has to end soon.
"""

import io
import struct
import time
from pathlib import Path

import av
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epanns.audio.decode import open_sound
from epanns.audio.sound_chunks import find_sound
from epanns.errors import AudioFileError
from tests.support.joined_sounds import RATE, noisy_tone, read, written
from tests.support.mutations import mutated, write_kinds

SECONDS = 2.0
SOON = 20.0  # seconds, of which it needs a hundredth on an idle computer
FORMS = {
    (form, subtype): written(SECONDS, form, subtype)
    for form, subtype in [
        ("WAV", "PCM_16"),
        ("WAVEX", "PCM_24"),
        ("WAV", "ULAW"),
        ("RF64", "PCM_16"),
        ("W64", "PCM_16"),
        ("AIFF", "PCM_16"),
        ("AU", "FLOAT"),
        ("CAF", "PCM_16"),
    ]
}
LENGTHS = st.one_of(
    st.sampled_from([0, 0xFFFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFFFDB, 1, 2]),
    st.integers(0, 70_000),
    st.integers(0, 2**32 - 1),
)
TEXT = st.one_of(
    st.sampled_from(
        [b"the whole night", b"data : 9 (should be 3)\n", b"Skipped", b"lacks", b"RIFF"]
    ),
    st.binary(max_size=300),
)
FAST = settings(
    max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def chunk(name: bytes, text: bytes) -> bytes:
    """A chunk of a WAV; of a LIST the text is a comment."""
    if name == b"LIST":
        text = b"INFO" + chunk(b"ICMT", text)
    return name + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)


def second_opinion(path: Path) -> float:
    """The seconds that FFmpeg decodes; 0 if it refuses the file."""
    heard = 0.0
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            for packet in container.demux(container.streams.audio[0]):
                try:
                    heard += sum(frame.samples / frame.sample_rate for frame in packet.decode())
                except (av.FFmpegError, ValueError):
                    continue
    except (av.FFmpegError, ValueError, IndexError):
        return heard
    return heard


def soon_read(path: Path, content: bytes) -> tuple[float, list[str]] | None:
    """What is read, in bounded time; None for a file that is refused."""
    begin = time.monotonic()
    try:
        return read(path, content)
    except AudioFileError:
        return None
    finally:
        assert time.monotonic() - begin < SOON


@FAST
@given(kind=st.sampled_from(sorted(FORMS)), length=LENGTHS)
def test_any_stated_length_gives_all_sound_or_a_warning(
    kind: tuple[str, str], length: int, tmp_path: Path
) -> None:
    path, content = tmp_path / "a", bytearray(FORMS[kind])
    path.write_bytes(content)
    extent = find_sound(path)
    assert extent is not None
    order = "little" if extent.little else "big"
    for place, field in extent.mended.items():
        size = min(len(field), 8)
        stated = length.to_bytes(8, "little")[:size]
        stated = stated if order == "little" else stated[::-1]
        content[place : place + len(field)] = stated * (len(field) // size)
    found = soon_read(path, bytes(content))
    assert found is not None
    seconds, warnings = found
    assert seconds == pytest.approx(SECONDS, abs=0.05), "what is there is read"
    assert not [text for text in warnings if "damaged" in text]


@FAST
@given(
    notes=st.lists(st.tuples(st.sampled_from([b"LIST", b"bext", b"id3 ", b"odd "]), TEXT)),
    after=st.booleans(),
)
def test_chunks_in_any_order_are_no_damage(
    notes: list[tuple[bytes, bytes]], after: bool, tmp_path: Path
) -> None:
    content = FORMS["WAV", "PCM_16"]
    chunks = b"".join(chunk(name, text) for name, text in notes)
    at = len(content) if after else 36
    path = tmp_path / "a.wav"
    found = soon_read(path, content[:at] + chunks + content[at:])
    assert found == (SECONDS, [])


@FAST
@given(
    text=TEXT, where=st.sampled_from(["title", "comment"]), form=st.sampled_from(["FLAC", "OGG"])
)
def test_tags_of_flac_and_ogg_are_no_damage(
    text: bytes, where: str, form: str, tmp_path: Path
) -> None:
    file = io.BytesIO()
    words = "a" + text.replace(b"\0", b" ").decode("latin-1")
    with soundfile.SoundFile(file, "w", RATE, 1, format=form) as sound:
        setattr(sound, where, words)
        sound.write(noisy_tone(SECONDS))
    assert soon_read(tmp_path / "a", file.getvalue()) == (SECONDS, [])


@pytest.mark.parametrize(
    "content",
    [
        b"OggS\0" * 200_000,
        (b"OggS\0" + bytes(21) + b"\xff" * 256) * 2000,
        b"ID3\3\0\0\0\0\0\0" * 100_000,
        b"\xff\xfb\x90\xc0" + bytes(413),
        b"fLaC\0\0\0\x22" * 100_000,
        b"RIFF\4\0\0\0WAVE" * 50_000,
        FORMS["WAV", "PCM_16"][:2000] * 1000,
        b"\xff\xf8" * 300_000,
    ],
)
def test_files_made_to_take_long_do_not(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    soon_read(path, content)
    frames = (b"\xff\xfb\x90\xc0" + bytes(413)) * 9
    soon_read(path, frames + content + frames)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_as_ffmpeg_reads_it_or_warned_of(seed: int, tmp_path: Path) -> None:
    kinds = write_kinds(tmp_path)
    for name, content in mutated(kinds, 120, 100 + seed):
        path = tmp_path / f"mutated {name}"
        found = soon_read(path, content)
        if found is None or found[1]:
            continue
        opinion = second_opinion(path)
        # What FFmpeg refuses, or ends early at a wrong header, is no opinion.
        if opinion and opinion > found[0] + 0.05:
            pytest.fail(f"{name}: {found[0]:.3f} s read without a warning, {opinion:.3f} s there")


@pytest.mark.parametrize(
    ("name", "seconds", "within", "said"),
    [
        ("len_too_small.wav", 4.0, 0.0, "it states 1.0 s of sound; 4.0 s are there"),
        ("len_zero.wav", 4.0, 0.0, ""),
        ("len_sox_pipe.wav", 4.0, 0.0, ""),
        ("note_whole.wav", 3.0, 0.0, ""),
        ("ref_speech.wav", 3.0, 0.0, ""),
        ("chained.flac", 5.0, 0.0, ""),
        ("flac_twice.flac", 12.0, 0.0, "it states 24.0 s of sound; 12.0 s are there"),
        ("poly8_track5.flac", 3.0, 0.0, ""),
        ("chained.ogg", 5.0, 0.0, ""),
        ("voice_message.opus", 3.0, 0.0, ""),
        ("chained.mp3", 5.0, 0.05, ""),
        ("big_art_cut.mp3", 4.0, 0.05, "is cut off: 12.0 s of sound are promised, 4.0 s are there"),
    ],
)
def test_the_examples(shared: Path, name: str, seconds: float, within: float, said: str) -> None:
    faults: list[str] = []
    with open_sound(shared / "faults" / name, faults=faults) as sound:
        heard = sum(map(len, sound.blocks)) / sound.sample_rate
    assert abs(heard - seconds) <= within
    assert said in " ".join(faults) and bool(said) == bool(faults)
