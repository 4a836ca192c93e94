"""YAMNet, a MobileNetV1 on short patches of sound at 16 kHz, for 521 of AudioSet's classes.

Plakal and Ellis, research/audioset/yamnet in TensorFlow's models (2019). Its weights are read from
the published TensorFlow Lite file, whose 8-bit numbers are computed with as what they stand for, or
from the Keras file yamnet.h5; see yamnet_files.py.
"""

from epanns.frontend.parameters import LogMelParameters
from epanns.networks.architecture import Architecture, Weights
from epanns.networks.panns_layers import creator, sizes_of
from epanns.networks.prunable_layers import PrunableLayers
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
LEARNT = 3_729_481
MEAN_AVERAGE_PRECISION = 0.306  # over its own classes, on fewer clips than that of other networks
PAPER = "521 classes, other clips"


def whole_patches(samples: int) -> int:
    """The length that a segment is brought to by silence behind it.

    A patch is added for what the last one leaves if that is more than half a hop; the published
    code adds one for any rest, which would leave half of what a second gives to silence.
    """
    rest = (max(samples, PATCH_SAMPLES) - PATCH_SAMPLES) % HOP_SAMPLES
    added = HOP_SAMPLES - rest if 2 * rest > HOP_SAMPLES else 0
    return max(samples, PATCH_SAMPLES) + added


# Google has published several such files; the others have other checksums.
TFLITE = Weights(
    name="yamnet",
    file="yamnet.tflite",
    purpose="YAMNet in 8 bits, for sound of 16 kHz; to be put there by hand",
    licence="Apache-2.0",
    megabytes=4.0,
    title="YAMNet",
    by_hand="https://www.kaggle.com/models/google/yamnet",
    size=3_959_752,
    sha256="687f226c147a2caab4706fbbab5e9cecb14b9a368264bf61108078b1fddf68f5",
    learnt=LEARNT,
    mean_average_precision=MEAN_AVERAGE_PRECISION,
    paper=PAPER,
)
KERAS = Weights(
    name="yamnet_h5",
    file="yamnet.h5",
    purpose="YAMNet as Keras keeps it, for sound of 16 kHz",
    licence="Apache-2.0",
    megabytes=15,
    title="YAMNet",
    url="https://storage.googleapis.com/audioset/",
    learnt=LEARNT,
    mean_average_precision=MEAN_AVERAGE_PRECISION,
    paper=PAPER,
)

YAMNET = Architecture(
    name="yamnet",
    title="YAMNet",
    front_end=FRONT_END,
    least_samples=PATCH_SAMPLES,
    fitted=whole_patches,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("yamnet_network", "YAMNet", "yamnet"),
    dimensions=sizes_of,
    prunable=PrunableLayers(r"layer1\.conv|layer\d+\.pointwise_conv", "layer8-14"),
    recognises=lambda shapes: f"{LAST}.pointwise_conv.weight" in shapes,
    classes_key="dense.weight",
    vocabulary=part_of_audioset(NAMES),
    weights=(TFLITE, KERAS),
)
ARCHITECTURES = (YAMNET,)
