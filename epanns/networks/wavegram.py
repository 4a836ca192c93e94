"""Wavegram-CNN and Wavegram-Logmel-CNN of PANNs (Kong et al. 2020, section III.D).

A learnt front end turns the waveform into an image, which stands in for the log-mel spectrogram or
beside it.
"""

from epanns.frontend.parameters import PANNS
from epanns.networks.architecture import Architecture, Shapes
from epanns.networks.panns_layers import CLASSES_KEY, creator, sizes_of, weights
from epanns.networks.prunable_layers import PrunableLayers

# Samples of the waveform per column of both images, after the first halving of time: a segment is
# made a multiple of it where the images would differ in length.
COLUMN = 2 * PANNS.hop
MIN_SAMPLES = 16 * COLUMN
# Of the front end all but what the bands of an image are made of, and what that is joined by.
PRE_BLOCKS = r"pre_conv0|pre_block[12]\.conv\d|pre_block[34]\.conv1"
DEFAULT = "conv_block4-6"


def whole_columns(samples: int) -> int:
    """The length that a segment is brought to, by silence behind it: a multiple of COLUMN."""
    return max(-(-samples // COLUMN) * COLUMN, MIN_SAMPLES)


def _recognises(shapes: Shapes, log_mel: bool) -> bool:
    second = shapes.get("conv_block2.conv1.weight", ())
    both = "pre_block4.conv2.weight" in shapes and len(second) > 1
    if not both:
        return False
    wavegram = shapes["pre_block4.conv2.weight"][0]
    return (second[1] > wavegram) is log_mel


WAVEGRAM_LOGMEL_CNN14 = Architecture(
    name="wavegram_logmel_cnn14",
    title="Wavegram_Logmel_Cnn14",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("wavegram_network", "WavegramLogmelCnn14", "wavegram_logmel_cnn14"),
    dimensions=sizes_of,
    prunable=PrunableLayers(rf"conv_block\d\.conv\d|{PRE_BLOCKS}", DEFAULT),
    recognises=lambda shapes: _recognises(shapes, log_mel=True),
    classes_key=CLASSES_KEY,
    graph="wavegram",
    inputs=("waveform", "spectrum"),
    fitted=whole_columns,
    weights=(
        weights(
            "wavegram_logmel_cnn14",
            "Wavegram_Logmel_Cnn14",
            0.439,
            "the best of PANNs, on waveform and log-mel spectrum",
            328,
            81_065_487,
            md5="17fa9ab65af3c0eb5ffbc5f65552c4e1",
        ),
    ),
)
WAVEGRAM_CNN14 = Architecture(
    name="wavegram_cnn14",
    title="Wavegram_Cnn14",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("wavegram_network", "WavegramCnn14", "wavegram_cnn14"),
    dimensions=sizes_of,
    # Its conv_block1 has no effect, so there is nothing to score its filters by.
    prunable=PrunableLayers(rf"conv_block[2-6]\.conv\d|{PRE_BLOCKS}", DEFAULT),
    recognises=lambda shapes: _recognises(shapes, log_mel=False),
    classes_key=CLASSES_KEY,
    graph="wavegram",
    inputs=("waveform",),
    fitted=whole_columns,
    weights=(
        weights(
            "wavegram_cnn14", "Wavegram_Cnn14", 0.389, "on the waveform alone", 324, 80_991_759
        ),
    ),
)
ARCHITECTURES = (WAVEGRAM_LOGMEL_CNN14, WAVEGRAM_CNN14)
