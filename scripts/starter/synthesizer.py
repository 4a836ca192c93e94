"""FluidSynth, which plays what music.py composes by the sound font FluidR3 (MIT licence)."""

from ctypes import c_int, c_void_p

import numpy as np
from fluidsynth import Synth, cfunc
from numpy.typing import NDArray

from epanns.frontend.parameters import SAMPLE_RATE
from starter.acoustics import Wave
from starter.music import Part
from starter.needs import SOUND_FONT

BLOCK = 64  # samples, which FluidSynth renders at a time

write_float = cfunc(
    "fluid_synth_write_float", c_int,
    ("synth", c_void_p, 1), ("len", c_int, 1), ("lout", c_void_p, 1), ("loff", c_int, 1),
    ("lincr", c_int, 1), ("rout", c_void_p, 1), ("roff", c_int, 1), ("rincr", c_int, 1),
)  # fmt: skip


def render(part: Part) -> Wave:
    """Play a part; times are rounded to blocks of 2 ms.

    On a synthesizer of its own: one that has played before does not play the same again.
    """
    synth = Synth(gain=0.4, samplerate=float(SAMPLE_RATE))
    synth.setting("synth.dynamic-sample-loading", 1)
    for effect in ("reverb", "chorus"):
        synth.setting(f"synth.{effect}.active", 0)
    font = synth.sfload(str(SOUND_FONT))
    for channel, (bank, program) in part.programs.items():
        synth.program_select(channel, font, bank, program)
    starts = [(round(note.onset * SAMPLE_RATE / BLOCK), 1, note) for note in part.notes]
    ends = [(round((n.onset + n.duration) * SAMPLE_RATE / BLOCK), 0, n) for n in part.notes]
    pieces, now = [], 0
    last = round(part.duration * SAMPLE_RATE / BLOCK)
    for moment, starting, note in sorted([*starts, *ends]):
        if moment >= last:
            break
        pieces.append(_samples(synth, (moment - now) * BLOCK))
        now = moment
        if starting:
            synth.noteon(note.channel, note.key, note.velocity)
        else:
            synth.noteoff(note.channel, note.key)
    pieces.append(_samples(synth, (last - now) * BLOCK))
    synth.delete()
    return np.concatenate(pieces).astype(np.float64)


def _samples(synth: Synth, count: int) -> NDArray[np.float32]:
    """The next samples of both sides, added: as floats, since FluidSynth dithers integers."""
    stereo = np.empty((count, 2), np.float32)
    if count:
        address = stereo.ctypes.data
        write_float(synth.synth, count, address, 0, 2, address, 1, 2)
    return np.asarray(stereo.sum(axis=1))
