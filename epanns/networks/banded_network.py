"""What networks of other families than PANNs have in common in PyTorch."""

import torch
from torch import Tensor

from epanns.frontend.numpy_frontend import mel_bands
from epanns.frontend.torch_frontend import power_spectrum
from epanns.networks.architecture import Architecture
from epanns.networks.network import Network, TorchOutput
from epanns.networks.panns_layers import Sizes
from epanns.vocabulary.vocabulary import Vocabulary


class BandedNetwork(Network):
    """A network of any widths whose mel bands are computed, not kept in its file.

    Args:
        architecture: its entry.
        vocabulary: the classes; None for the architecture's.
        sizes: the outputs of layers, by their names; those published where it names none.

    Attributes:
        bands: the mel filters, float32 (bins, mels).
        sizes: see Args.
    """

    bands: Tensor

    def __init__(
        self,
        architecture: Architecture,
        vocabulary: Vocabulary | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        super().__init__(architecture, vocabulary or architecture.vocabulary)
        self.sizes = sizes or {}
        bands = torch.tensor(mel_bands(architecture.front_end))
        self.register_buffer("bands", bands, persistent=False)

    def forward(self, waveforms: Tensor) -> TorchOutput:
        """Score a batch of waveforms; see Network."""
        power = power_spectrum(self.padded(waveforms), self.architecture.front_end)
        if "bands" in self.architecture.inputs:
            return self.from_inputs({"bands": power @ self.bands})
        return self.from_inputs({"spectrum": power})

    def size(self, layer: str, published: int) -> int:
        """The outputs of a layer."""
        return self.sizes.get(layer, published)
