"""Labelled recordings of which most can be read but are not as they should be."""

from pathlib import Path

import numpy as np
import soundfile

RATE = 32000
# What the warning about each of them says; the sound is there to be learnt all the same.
FAULTS = {
    "cut.wav": "is cut off",
    "loud.wav": "what lies beyond it was clipped",
    "cancelled.wav": "more than 6 dB below the loudest one",
    "silent.wav": "is silent, though it is labelled White noise",
    "middle.flac": "is damaged",
    "none.wav": "samples that are no numbers",
    "header.wav": "has a wrong header",
}
GOOD = ("good.wav", "better.wav")


def write_faulty_clips(folder: Path) -> Path:
    """Fill a folder with two good clips and one of each fault; give their listing."""
    numbers = np.random.default_rng(5)
    noise = numbers.normal(0, 0.1, 3 * RATE).astype(np.float32)
    for name in (*GOOD, *FAULTS):
        sound = {
            "loud.wav": 30 * noise,
            "cancelled.wav": np.stack((noise, -noise), axis=1),
            "silent.wav": 0 * noise,
            "none.wav": np.where(np.arange(len(noise)) % 100, noise, np.float32(np.nan)),
        }.get(name, noise)
        kind = "PCM_16" if name == "middle.flac" else "FLOAT"
        soundfile.write(folder / name, sound, RATE, kind)
    cut = folder / "cut.wav"
    cut.write_bytes(cut.read_bytes()[: 2 * 4 * RATE])
    middle = bytearray((folder / "middle.flac").read_bytes())
    middle[len(middle) // 2 : len(middle) // 2 + 3000] = bytes(3000)
    (folder / "middle.flac").write_bytes(middle)
    header = bytearray((folder / "header.wav").read_bytes())
    place = header.index(b"data") + 4
    header[place : place + 4] = (4 * RATE).to_bytes(4, "little")
    (folder / "header.wav").write_bytes(header)
    path = folder / "listing.csv"
    splits = {GOOD[0]: "test"}
    rows = [f"{name},White noise,{splits.get(name, 'train')}" for name in (*GOOD, *FAULTS)]
    path.write_text("\n".join(["path,labels,split", *rows]) + "\n")
    return path
