"""The sound of a file within a file by the decoder that fits, and of several as one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import soxr
from soundfile import LibsndfileError

from epanns.audio import ffmpeg, sndfile
from epanns.audio.channel_mixer import ChannelMixer
from epanns.audio.parts import FilePart, Reading
from epanns.audio.sound import Blocks, Damage, Sound
from epanns.audio.tracks import check_track
from epanns.errors import AudioFileError


class PartReader:
    """Opens the parts of a file.

    Args:
        path: the file.
        block_seconds: roughly how long a block is.
        damage: where what is wrong with it is noted.
        track: the number of the audio track that is read, from 1 on; None for the default.
    """

    def __init__(
        self, path: Path, block_seconds: float, damage: Damage, track: int | None = None
    ) -> None:
        self._path = path
        self._block_seconds = block_seconds
        self._damage = damage
        self._track = track
        self._heard_to = 0  # bytes of the file that libsndfile has read, where that is known
        self._is_all_read = False

    @contextmanager
    def open(self, parts: list[FilePart]) -> Iterator[Sound]:
        """Open the parts as one sound, with the rate and the channels of the first.

        Raises:
            AudioFileError: the first cannot be read.
        """
        with self._open(parts[0]) as sound:
            first, last = parts[0].start, parts[-1].end
            blocks = self._all_blocks(sound, parts)
            seconds = sound.seconds
            if len(parts) > 1:  # the others are opened once it is their turn
                size = (last or self._path.stat().st_size) - first
                seconds *= size / max((parts[0].end or size) - first, 1)
            yield Sound(sound.sample_rate, sound.channels, blocks, seconds)

    def _all_blocks(self, first: Sound, parts: list[FilePart]) -> Blocks:
        heard = 0
        damage = self._damage
        for block in first.blocks:
            heard += len(block)
            yield block
        waiting = list(parts[1:])
        part = parts[0]
        while following := (waiting.pop(0) if waiting else self._next(part)):
            part = following
            begin = heard / first.sample_rate
            self._damage = damage.of_part(self._path, begin)
            try:
                with self._open(part) as sound:
                    for block in fitted(sound, first.sample_rate, first.channels):
                        heard += len(block)
                        yield block
            except AudioFileError as error:
                damage.met(f"What follows after {begin:.1f} s cannot be read: {error}")

    def _next(self, part: FilePart) -> FilePart | None:
        return None if self._is_all_read else part.find_next(self._path, self._heard_to)

    @contextmanager
    def _open(self, part: FilePart) -> Iterator[Sound]:
        file = None if part.form else sndfile.open_file(self._path, part)
        if file is None:
            with ffmpeg.open_sound(self._path, self._damage, part, self._track) as sound:
                yield sound
        else:
            with file:
                check_track(self._path, self._track)
                blocks = self._blocks(file, part)
                yield Sound(file.rate, file.channels, blocks, file.frames / file.rate)

    def _blocks(self, file: sndfile.SndFile, part: FilePart) -> Blocks:
        """What libsndfile reads; after a place where it fails, what FFmpeg reads."""
        heard = 0
        failure = ""
        try:
            for block in file.blocks(self._block_seconds):
                heard += len(block)
                yield block
        except LibsndfileError as error:
            failure = f"{self._path} is damaged after {heard / file.rate:.1f} s"
            self._damage.end(f"{failure}: {error}")
            for block in self._rest(part, heard, file):
                heard += len(block)
                yield block
            self._is_all_read = part.end is None
            lost = max(file.frames - heard, 0) / file.rate
            self._damage.note(f"{failure}; {lost:.1f} s of it cannot be read ({error}).")
        if not failure:
            reading = Reading(str(self._path), heard / file.rate, file.frames / file.rate)
            part.check(reading, self._damage)
        self._heard_to = file.position

    def _rest(self, part: FilePart, heard: int, file: sndfile.SndFile) -> Blocks:
        """What FFmpeg reads after the first `heard` frames."""
        part = FilePart(part.start, part.end, part.mended)
        with suppress(AudioFileError), ffmpeg.open_sound(self._path, Damage([]), part) as sound:
            for block in fitted(sound, file.rate, file.channels):
                if len(block) > heard:
                    yield block[heard:]
                heard = max(heard - len(block), 0)


def fitted(sound: Sound, sample_rate: int, channels: int) -> Blocks:
    """Sound with another rate and other channels, for what follows other sound.

    Args:
        sound: an open sound file.
        sample_rate: the rate that is wanted, in Hz.
        channels: how many channels are wanted: those that are there mixed into each, unless there
            are as many.

    Yields:
        float32 (frames, channels).
    """
    stream = None
    if sound.sample_rate != sample_rate:
        stream = soxr.ResampleStream(sound.sample_rate, sample_rate, channels, dtype="float32")
    for block in sound.blocks if sound.channels == channels else _spread(sound, channels):
        yield block if stream is None else stream.resample_chunk(block).reshape(-1, channels)
    if stream is not None:
        rest = stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)
        yield rest.reshape(-1, channels)


def _spread(sound: Sound, channels: int) -> Blocks:
    """All channels of a sound mixed, in each of other channels."""
    mixer = ChannelMixer(sound.sample_rate, sound.channels)
    for block in sound.blocks:
        yield np.repeat(mixer.mix(block)[:, None], channels, axis=1)
    yield np.repeat(mixer.rest()[:, None], channels, axis=1)
