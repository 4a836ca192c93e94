"""The picture of what the network sees: log-mel frames in numpy, kept for a minute."""

import numpy as np
import pytest

from epanns.audio.ring_buffer import RingBuffer
from epanns.frontend.numpy_frontend import decibels, mel_power, power_of_frames
from epanns.frontend.parameters import PANNS, SAMPLE_RATE
from epanns.views.live_spectrogram import SILENT_DB, Floats, LiveSpectrogram


def noise(samples: int, seed: int = 0) -> Floats:
    return (0.1 * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


def log_mel(waveform: Floats) -> Floats:
    """The frames that lie inside a waveform, in dB."""
    return decibels(mel_power(power_of_frames(waveform)))


def test_frames_are_those_that_the_network_gets() -> None:
    import torch

    from epanns.frontend.torch_frontend import front_end_modules

    spectrogram, logmel = front_end_modules(PANNS)
    ring, live, waveform = RingBuffer(SAMPLE_RATE), LiveSpectrogram(1.0), noise(SAMPLE_RATE)
    with torch.inference_mode():
        wanted = logmel(spectrogram(torch.from_numpy(waveform)[None]))[0, 0].numpy()
    ring.write(waveform)
    live.follow(ring)
    # The first two frames and the last two reach over the ends, which the network reflects.
    assert len(wanted) == live.position + 2
    frames = live.latest(live.position, live.position - 2)
    assert frames.shape == (live.position - 2, PANNS.mels)
    np.testing.assert_allclose(frames, wanted[2:-2], atol=2e-3)


@pytest.mark.parametrize("block", [100, 320, 1600, 7777])
def test_it_follows_a_stream_in_blocks_of_any_size(block: int) -> None:
    ring, live, waveform = RingBuffer(SAMPLE_RATE), LiveSpectrogram(1.0), noise(2 * SAMPLE_RATE)
    new = 0
    for start in range(0, len(waveform), block):
        ring.write(waveform[start : start + block])
        new += live.follow(ring)
    assert new == live.position == (len(waveform) - PANNS.n_fft // 2) // PANNS.hop + 1
    whole = log_mel(np.pad(waveform, (PANNS.n_fft // 2, 0)))
    np.testing.assert_allclose(live.latest(live.position, 100), whole[-100:], atol=1e-4)


def test_what_is_not_there_is_silence() -> None:
    ring, live = RingBuffer(SAMPLE_RATE), LiveSpectrogram(1.0)
    assert (live.latest(0, 50) == SILENT_DB).all()
    ring.write(noise(16_000))
    live.follow(ring)
    frames = live.latest(live.position + 10, 100)
    assert (frames[-10:] == SILENT_DB).all()
    assert (frames[: 90 - live.position] == SILENT_DB).all()
    assert (frames[90 - live.position : 90] > -80).all()


def test_a_reader_that_was_away_goes_on_with_what_is_left() -> None:
    ring, live = RingBuffer(SAMPLE_RATE), LiveSpectrogram(1.0)
    ring.write(noise(1000))
    live.follow(ring)
    late = noise(3 * SAMPLE_RATE, 1)
    ring.write(late)
    live.follow(ring)
    assert live.position == (1000 + len(late) - PANNS.n_fft // 2) // PANNS.hop + 1
    whole = log_mel(np.pad(np.concatenate((noise(1000), late)), (PANNS.n_fft // 2, 0)))
    np.testing.assert_allclose(live.latest(live.position, 90), whole[-90:], atol=1e-4)


def test_another_source_begins_anew() -> None:
    first, second, live = RingBuffer(SAMPLE_RATE), RingBuffer(SAMPLE_RATE), LiveSpectrogram(1.0)
    first.write(noise(SAMPLE_RATE))
    live.follow(first)
    live.follow(second)
    assert live.position == 0
    assert (live.latest(live.position, 50) == SILENT_DB).all()
    live.follow(None)
    assert live.follow(None) == 0
