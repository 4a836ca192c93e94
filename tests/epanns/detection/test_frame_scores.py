"""Scores over time are those of the sound, however it comes and wherever it is cut."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.detection.frame_scores import COLUMN, CONTEXT, framewise, segmentwise
from epanns.frontend.parameters import frame_count
from epanns.runtimes.onnx_runtime import OnnxRuntime, open_runtime
from epanns.tagger import AudioTagger
from tests.support.golden.standin import build

Floats = NDArray[np.float32]


def sound(samples: int) -> Floats:
    """Noise whose loudness changes all the time, so that each moment is different."""
    random = np.random.default_rng(samples)
    loudness = np.repeat(random.random(samples // 4000 + 1), 4000)[:samples]
    return (0.3 * loudness * random.normal(0, 1, samples)).clip(-1, 1).astype(np.float32)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> OnnxRuntime:
    path = tmp_path_factory.mktemp("weights") / "framewise.pth"
    torch.save(build(framewise=True).state_dict(), path)
    return open_runtime(path, framewise=True)


def stitched(
    runtime: OnnxRuntime, waveform: Floats, core: int, context: int = CONTEXT, block: int = 7000
) -> Floats:
    blocks = np.split(waveform, range(block, len(waveform), block))
    return np.concatenate(list(framewise(blocks, runtime, core * COLUMN, context)))


@pytest.mark.parametrize("samples", [300000, 16 * COLUMN, 16 * COLUMN + 1, 200123, 9000, 50])
@pytest.mark.parametrize("core", [1, 3, 8])
def test_frames_do_not_depend_on_the_chunks(runtime: OnnxRuntime, samples: int, core: int) -> None:
    waveform = sound(samples)
    whole = runtime.run(waveform[None]).framewise
    assert whole is not None
    found = stitched(runtime, waveform, core)
    assert found.shape == (frame_count(samples), 527) == whole[0].shape
    np.testing.assert_allclose(found, whole[0], rtol=0, atol=1e-5)


def test_less_context_would_not_do(runtime: OnnxRuntime) -> None:
    waveform = sound(300000)
    exact = stitched(runtime, waveform, 3)
    assert np.abs(stitched(runtime, waveform, 3, CONTEXT - COLUMN) - exact).max() > 1e-4


def test_frames_do_not_depend_on_the_blocks(runtime: OnnxRuntime) -> None:
    waveform = sound(200000)
    np.testing.assert_array_equal(
        stitched(runtime, waveform, 4, block=999), stitched(runtime, waveform, 4, block=150000)
    )


def test_chunks_are_whole_columns(runtime: OnnxRuntime) -> None:
    with pytest.raises(ValueError, match="whole columns of 10240; found 10000 and 51200"):
        list(framewise([sound(5000)], runtime, core=10000))


def test_network_without_frames_is_refused() -> None:
    clipwise = AudioTagger("starter")
    with pytest.raises(ValueError, match="scores clips, not frames"):
        list(framewise([sound(32000)], clipwise._runtime))


def test_segments_are_what_the_tagger_says_of_each() -> None:
    tagger, waveform = AudioTagger("starter"), sound(80000)
    found = np.concatenate(list(segmentwise([waveform], tagger, 32000, 16000)))
    alone = [
        tagger.scores(waveform[None, start : start + 32000]) for start in range(0, 48001, 16000)
    ]
    np.testing.assert_allclose(found, np.concatenate(alone), rtol=0, atol=1e-6)
