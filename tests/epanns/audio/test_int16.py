"""16-bit sound comes out as it went in."""

import numpy as np

from epanns.audio.int16 import from_int16, to_int16


def test_every_step_is_kept() -> None:
    steps = np.arange(-32768, 32768).astype(np.int16)
    waveform = from_int16(steps)
    assert waveform.dtype == np.float32 and waveform.min() == -1 and waveform.max() < 1
    found = to_int16(waveform)
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found, steps)


def test_a_waveform_is_rounded_and_clipped() -> None:
    waveform = np.array([1.0, 2.0, -1.0, -3.0, 0.6 / 32768], np.float32)
    assert to_int16(waveform).tolist() == [32767, 32767, -32768, -32768, 1]
