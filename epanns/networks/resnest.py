"""ResNeSt-50 and ResNeSt-50-fast, networks for pictures, on log-mel spectrograms as pictures.

Zhang et al. 2020, "ResNeSt: Split-attention networks", arXiv 2004.08955. The published weights have
learnt from ImageNet and name no sounds: they are to train from.
"""

from epanns.frontend.parameters import SAMPLE_RATE, LogMelParameters
from epanns.networks.architecture import Architecture, Shapes, Weights
from epanns.networks.panns_layers import creator, sizes_of
from epanns.vocabulary.custom import numbered_classes

FRONT_END = LogMelParameters(
    sample_rate=SAMPLE_RATE, n_fft=2048, hop=512, mels=128, f_min=20, f_max=16000
)
# A picture as wide as a column of the last layer: 32 pixels, which are 19 frames.
MIN_SAMPLES = 18 * FRONT_END.hop
PICTURES = numbered_classes(1000)  # the classes of ImageNet, none of which is a sound
RELEASE = "https://github.com/zhanghang1989/ResNeSt/releases/download/weights_step1/"
STEM = "conv1.6.weight"
ATTENTION = "layer1.0.conv2.fc2.weight"
AFTER = "layer1.0.conv3.weight"


def _radix(shapes: Shapes) -> float:
    """How many parts split attention has: what it weighs by the channels that come out of it."""
    return shapes[ATTENTION][0] / shapes[AFTER][1]


def _recognises(shapes: Shapes, fast: bool) -> bool:
    if STEM not in shapes or any(len(shapes.get(key, ())) < 2 for key in (ATTENTION, AFTER)):
        return False
    return (_radix(shapes) == 1) is fast


def _entry(
    name: str, title: str, network: str, fast: bool, checksum: str, learnt: int
) -> Architecture:
    published = Weights(
        name=name,
        file=f"{name}{'_1s1x64d' * fast}-{checksum}.pth",
        purpose="learnt from pictures: to train from, names no sounds",
        licence="Apache-2.0",
        megabytes=round(4 * learnt / 1e6),
        title=title,
        url=RELEASE,
        learnt=learnt,
    )
    return Architecture(
        name=name,
        title=title,
        front_end=FRONT_END,
        least_samples=MIN_SAMPLES,
        outputs=frozenset({"clipwise", "embedding"}),
        create=creator("resnest_network", network, name),
        dimensions=sizes_of,
        recognises=lambda shapes: _recognises(shapes, fast),
        classes_key="fc.weight",
        deep_classes_key="fc.6.weight",
        vocabulary=PICTURES,
        weights=(published,),
    )


RESNEST50 = _entry("resnest50", "ResNeSt-50", "ResNeSt50", False, "528c19ca", 27_483_240)
RESNEST50_FAST = _entry(
    "resnest50_fast", "ResNeSt-50-fast", "ResNeSt50Fast", True, "d8fbf808", 26_217_896
)
ARCHITECTURES = (RESNEST50, RESNEST50_FAST)
