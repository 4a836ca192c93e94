"""The front end by FFT gives what the network's own gives."""

import pytest
import torch

from epanns.frontend.torch_frontend import log_mel
from tests.support.golden.standin import build, waveforms


@pytest.mark.parametrize("name", ["tones", "sweep", "blip"])
def test_same_as_the_networks_own(name: str) -> None:
    network, waveform = build(), torch.from_numpy(waveforms()[name])
    batch = torch.stack([waveform, 0.001 * waveform, torch.zeros_like(waveform)])
    found, expected = log_mel(batch, network), network.log_mel(batch)
    assert found.shape == expected.shape == (3, 1 + len(waveform) // 320, 64)
    # Far below the rest of a frame, rounding is all there is; the network cannot rely on that.
    quiet = expected < expected.amax(dim=2, keepdim=True) - 80
    torch.testing.assert_close(found[~quiet], expected[~quiet], atol=1e-2, rtol=0)
    torch.testing.assert_close(found[2], torch.full_like(found[2], -100.0), atol=1e-4, rtol=0)
