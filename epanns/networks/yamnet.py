"""YAMNet, a MobileNetV1 on short patches of sound at 16 kHz, for 521 of AudioSet's classes.

Plakal and Ellis, research/audioset/yamnet in TensorFlow's models (2019). Its weights are read from
the published TensorFlow Lite file, whose 8-bit numbers are computed with as what they stand for, or
from the Keras file yamnet.h5; see yamnet_files.py.
"""

from epanns.frontend.parameters import LogMelParameters
from epanns.networks.panns_layers import creator, sizes_of
from epanns.networks.registry import Architecture
from epanns.networks.yamnet_layers import LAST, PATCH_FRAMES, PATCH_HOP
from epanns.vocabulary.audioset import AUDIOSET, part_of_audioset

FRONT_END = LogMelParameters(
    sample_rate=16000, n_fft=512, hop=160, mels=64, f_min=125, f_max=7500, floor=1e-3, window=400,
    centred=False, mel_scale="htk",
)  # fmt: skip
PATCH_SAMPLES = FRONT_END.window + (PATCH_FRAMES - 1) * FRONT_END.hop
HOP_SAMPLES = PATCH_HOP * FRONT_END.hop
# Classes of AudioSet that it leaves out: male and female voices, and two that were dropped later.
LEFT_OUT = (1, 2, 12, 32, 33, 277)
NAMES = tuple(name for index, name in enumerate(AUDIOSET.names) if index not in LEFT_OUT)


def whole_patches(samples: int) -> int:
    """The length that a segment is brought to by silence behind it.

    A patch is added for what the last one leaves if that is more than half a hop; the published
    code adds one for any rest, which would leave half of what a second gives to silence.
    """
    rest = (max(samples, PATCH_SAMPLES) - PATCH_SAMPLES) % HOP_SAMPLES
    added = HOP_SAMPLES - rest if 2 * rest > HOP_SAMPLES else 0
    return max(samples, PATCH_SAMPLES) + added


YAMNET = Architecture(
    name="yamnet",
    title="YAMNet",
    front_end=FRONT_END,
    least_samples=PATCH_SAMPLES,
    fitted=whole_patches,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("yamnet_network", "YAMNet", "yamnet"),
    dimensions=sizes_of,
    recognises=lambda shapes: f"{LAST}.pointwise_conv.weight" in shapes,
    classes_key="dense.weight",
    vocabulary=part_of_audioset(NAMES),
)
ARCHITECTURES = (YAMNET,)
