"""What the tests of packs share."""

from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    """Four recordings and their table."""
    for name in "abcd":
        soundfile.write(tmp_path / f"{name}.wav", np.full(32000, 0.1), 32000)
    path = tmp_path / "clips.csv"
    path.write_text(
        "path,labels,split,licence\n"
        "a.wav,Bark;Dog;Animal,train,CC0 1.0\n"
        "b.wav,Music,train,CC BY 4.0\n"
        "c.wav,Meow;Barking of seals,test,GPL\n"
        "d.wav,,unlabelled,public domain\n"
    )
    return path
