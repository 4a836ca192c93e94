"""Whatever comes in is 32 kHz mono afterwards, finite, within full scale, whatever the chunks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epanns.audio.conditioning import Conditioner
from epanns.audio.ring_buffer import RingBuffer
from epanns.frontend.parameters import SAMPLE_RATE


def sine(frequency: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate).astype(
        np.float32
    )


def take_in(frames: np.ndarray, rate: int, chunks: list[int]) -> tuple[Conditioner, np.ndarray]:
    ring = RingBuffer(10 * SAMPLE_RATE)
    intake = Conditioner(ring, rate, frames.shape[1])
    for piece in np.split(frames, np.cumsum(chunks)):
        intake.push(piece)
    intake.finish()
    return intake, ring.since(0).waveform


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 32000, 44100, 48000, 96000, 192000])
def test_a_tone_arrives_at_its_own_frequency_and_length(rate: int) -> None:
    _, waveform = take_in(sine(1000, rate)[:, None], rate, [1000, 1000])
    assert waveform.dtype == np.float32
    assert waveform.size == pytest.approx(SAMPLE_RATE, abs=2)
    spectrum = np.abs(np.fft.rfft(waveform, SAMPLE_RATE))
    assert np.argmax(spectrum) == 1000
    assert np.sqrt(np.mean(waveform[1000:-1000] ** 2)) == pytest.approx(np.sqrt(0.5), rel=0.01)


@settings(max_examples=25)
@given(chunks=st.lists(st.integers(0, 5000), max_size=8), rate=st.sampled_from([32000, 44100]))
def test_the_result_does_not_depend_on_the_chunks(chunks: list[int], rate: int) -> None:
    frames = sine(440, rate, 0.5)[:, None]
    whole = take_in(frames, rate, [])[1]
    np.testing.assert_allclose(take_in(frames, rate, chunks)[1], whole, atol=1e-6)


def test_channels_are_mixed_down_to_their_mean() -> None:
    frames = np.array([[0.5, -0.1, 0.2], [0.2, 0.2, 0.2]], np.float32)
    _, waveform = take_in(frames, SAMPLE_RATE, [])
    np.testing.assert_allclose(waveform, [0.2, 0.2], atol=1e-7)


def test_nan_and_infinity_are_dropped_and_counted() -> None:
    frames = np.array([[0.1], [np.nan], [np.inf], [-np.inf], [0.2]], np.float32)
    intake, waveform = take_in(frames, SAMPLE_RATE, [])
    np.testing.assert_array_equal(waveform, np.array([0.1, 0, 0, 0, 0.2], np.float32))
    assert intake.non_finite == 3


def test_infinities_that_cancel_are_dropped_too() -> None:
    intake, waveform = take_in(np.array([[np.inf, -np.inf]], np.float32), SAMPLE_RATE, [])
    assert waveform.tolist() == [0.0]
    assert intake.non_finite == 1


def test_beyond_full_scale_is_clipped() -> None:
    _, waveform = take_in(np.array([[1e30], [-7.0]], np.float32), SAMPLE_RATE, [])
    assert waveform.tolist() == [1.0, -1.0]


def test_what_is_given_is_not_changed() -> None:
    frames = np.array([[np.nan], [5.0]], np.float32)
    take_in(frames, SAMPLE_RATE, [])
    np.testing.assert_array_equal(frames, np.array([[np.nan], [5.0]], np.float32))


def test_exact_zeros_are_timed_at_the_rate_of_the_input() -> None:
    intake = Conditioner(RingBuffer(SAMPLE_RATE), 48000, 1)
    intake.push(np.zeros((24000, 1), np.float32))
    intake.push(np.zeros((24000, 1), np.float32))
    assert intake.silent_seconds == pytest.approx(1.0)
    intake.push(np.full((10, 1), 1e-4, np.float32))
    assert intake.silent_seconds == 0.0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_block_with_sound_on_one_side_of_zero_is_not_silent(sign: int) -> None:
    intake = Conditioner(RingBuffer(SAMPLE_RATE), SAMPLE_RATE, 1)
    intake.push(sign * np.abs(sine(100, SAMPLE_RATE))[:, None])
    assert intake.silent_seconds == 0.0
