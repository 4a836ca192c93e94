"""Scores over time are those of the sound, however it comes and wherever it is cut."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.conversion.opening import open_converted
from epanns.detection.frame_scores import frame_scorer, framewise, segmentwise
from epanns.frontend.parameters import PANNS
from epanns.networks.architecture import Weights
from epanns.networks.cnn14 import CNN14_DECISION_LEVEL_MAX
from epanns.runtimes.onnx_runtime import OnnxRuntime
from epanns.runtimes.runtime import NetworkOutput, Runtime
from epanns.runtimes.torch_runtime import TorchRuntime
from epanns.storage.checksums import sha256_of
from epanns.tagger import AudioTagger
from tests.support.golden.standin import build
from tests.support.own_architecture import NAMES, own_network
from tests.support.own_network import write_own_network
from tests.support.published import publish

Floats = NDArray[np.float32]

STEP = CNN14_DECISION_LEVEL_MAX.step_frames * PANNS.hop  # samples


def sound(samples: int) -> Floats:
    """Noise whose loudness changes all the time, so that each moment is different."""
    random = np.random.default_rng(samples)
    loudness = np.repeat(random.random(samples // 4000 + 1), 4000)[:samples]
    return (0.3 * loudness * random.normal(0, 1, samples)).clip(-1, 1).astype(np.float32)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> OnnxRuntime:
    path = tmp_path_factory.mktemp("weights") / "framewise.pth"
    torch.save(build(framewise=True).state_dict(), path)
    return open_converted(path, architecture=CNN14_DECISION_LEVEL_MAX)


def stitched(
    runtime: OnnxRuntime,
    waveform: Floats,
    core: int,
    context: int | None = None,
    block: int = 7000,
) -> Floats:
    blocks = np.split(waveform, range(block, len(waveform), block))
    return np.concatenate(list(framewise(blocks, runtime, core, context)))


@pytest.mark.parametrize("samples", [300000, 16 * STEP, 16 * STEP + 1, 200123, 9000, 50])
@pytest.mark.parametrize("core", [1, 3, 8])
def test_frames_do_not_depend_on_the_chunks(runtime: OnnxRuntime, samples: int, core: int) -> None:
    waveform = sound(samples)
    whole = runtime.run(waveform[None]).framewise
    assert whole is not None
    found = stitched(runtime, waveform, core)
    assert found.shape == (PANNS.frame_count(samples), 527) == whole[0].shape
    np.testing.assert_allclose(found, whole[0], rtol=0, atol=1e-5)


def test_less_context_would_not_do(runtime: OnnxRuntime) -> None:
    waveform = sound(300000)
    exact = stitched(runtime, waveform, 3)
    less = stitched(runtime, waveform, 3, CNN14_DECISION_LEVEL_MAX.context_steps - 1)
    assert np.abs(less - exact).max() > 1e-4


def test_frames_do_not_depend_on_the_blocks(runtime: OnnxRuntime) -> None:
    waveform = sound(200000)
    np.testing.assert_array_equal(
        stitched(runtime, waveform, 4, block=999), stitched(runtime, waveform, 4, block=150000)
    )


def test_chunks_are_steps_with_all_that_they_depend_on(
    runtime: OnnxRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def run(waveforms: Floats, start: int | None = None) -> NetworkOutput:
        lengths.append(waveforms.shape[1])
        return OnnxRuntime.run(runtime, waveforms, start)

    monkeypatch.setattr(runtime, "run", run)
    stitched(runtime, sound(30 * STEP), core=3)
    assert lengths[:4] == [8 * STEP, 11 * STEP, 13 * STEP, 13 * STEP]  # up to 5 on each side
    with pytest.raises(ValueError, match="for 1 sample at least; found 0"):
        list(framewise([sound(5000)], runtime, core_steps=0))


def test_a_tagger_does_as_well_as_its_runtime(
    runtime: OnnxRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "framewise.pth"
    torch.save(build().state_dict(), path)
    weights = Weights("narrow", path.name, size=path.stat().st_size, sha256=sha256_of(path))
    publish(monkeypatch, weights, CNN14_DECISION_LEVEL_MAX)
    found = np.concatenate(list(framewise([sound(50_000)], AudioTagger(path))))
    np.testing.assert_array_equal(found, stitched(runtime, sound(50_000), core=96))


def test_network_without_frames_is_refused() -> None:
    clipwise = AudioTagger("starter")
    with pytest.raises(ValueError, match="scores clips, not frames"):
        list(framewise([sound(32000)], clipwise))


def test_segments_are_what_the_tagger_says_of_each() -> None:
    tagger, waveform = AudioTagger("starter"), sound(80000)
    found = np.concatenate(list(segmentwise([waveform], tagger, 32000, 16000)))
    alone = [
        tagger.scores(waveform[None, start : start + 32000]) for start in range(0, 48001, 16000)
    ]
    np.testing.assert_allclose(found, np.concatenate(alone), rtol=0, atol=1e-6)


class FramewiseTagger:
    """What frame_scorer needs of an AudioTagger."""

    def __init__(self, runtime: Runtime) -> None:
        self.architecture, self.run = runtime.architecture, runtime.run


def test_frames_are_taken_where_the_network_has_them_else_segments(runtime: OnnxRuntime) -> None:
    waveform = sound(80000)
    frames = frame_scorer(cast(AudioTagger, FramewiseTagger(runtime)), 32000, 16000)
    assert frames.grid == pytest.approx((0.0, 0.01))
    assert np.concatenate(list(frames.score([waveform]))).shape == (251, 527)
    segments = frame_scorer(AudioTagger("starter"), 32000, 16000)
    assert segments.grid == (0.25, 0.5)
    assert np.concatenate(list(segments.score([waveform]))).shape == (4, 527)


def test_scores_have_a_column_for_each_class_of_the_network(tmp_path: Path) -> None:
    waveform = sound(80000)
    tagger = AudioTagger(write_own_network(tmp_path / "birds.pth", converted=True))
    assert np.concatenate(list(segmentwise([waveform], tagger, 32000, 16000))).shape == (4, 3)
    path = write_own_network(tmp_path / "framewise.pth", framewise=True)
    runtime = open_converted(path, architecture=CNN14_DECISION_LEVEL_MAX)
    assert np.concatenate(list(framewise([waveform], runtime))).shape == (251, 3)


@pytest.mark.parametrize("block", [700, 64_000])
def test_a_network_of_another_rate_gets_the_sound_at_its_rate(tmp_path: Path, block: int) -> None:
    time = np.arange(64_000) / 32_000
    high = (0.1 * np.sin(2 * np.pi * 5000 * time)).astype(np.float32)
    low = (0.1 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    waveform = np.concatenate((high, low))
    blocks = np.split(waveform, range(block, len(waveform), block))
    with own_network(tmp_path) as own:
        runtime = TorchRuntime(own.weights, own.module.FRAMEWISE.name)
        scorer = frame_scorer(cast(AudioTagger, FramewiseTagger(runtime)), 32000, 16000)
        found = np.concatenate(list(scorer.score(blocks)))
    assert scorer.front_end is own.module.FRONT_END
    assert scorer.grid == pytest.approx((0.0, 0.01)) and found.shape == (401, len(NAMES))
    best = found.argmax(axis=1)
    assert (best[:198] == NAMES.index("High tone")).all()
    assert (best[203:] == NAMES.index("Low tone")).all()
