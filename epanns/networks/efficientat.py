"""EfficientAT: MobileNetV3 of any width, taught by transformers.

Schmid, Koutini and Widmer 2023, "Efficient large-scale audio tagging via transformer-to-CNN
knowledge distillation".
"""

from epanns.frontend.parameters import SAMPLE_RATE, LogMelParameters
from epanns.networks.architecture import Architecture, Shapes, Weights
from epanns.networks.panns_layers import creator, sizes_of
from epanns.networks.prunable_layers import PrunableLayers

FRONT_END = LogMelParameters(
    sample_rate=SAMPLE_RATE, n_fft=1024, hop=320, mels=128, f_min=0, f_max=15000, floor=1e-5,
    window=800, symmetric=True, pre_emphasis=0.97, mel_scale="htk",
)  # fmt: skip
RELEASE = "https://github.com/fschmid56/EfficientAT/releases/download/v0.0.1/"
GATE = "features.4.block.2.conc_se_layers.0.fc1.weight"
MN04 = "899a8c6217063f6941793102a2780b3dd788ab11fce468d9cf5f0577c453321c"
MIN_SAMPLES = 6400  # 0.2 s: shorter segments leave less than a column


def _recognises(shapes: Shapes) -> bool:
    return {GATE, "classifier.5.weight"} <= shapes.keys()


def _weights(
    name: str, mean_average_precision: float, learnt: int, size: int | None = None, sha256: str = ""
) -> Weights:
    """A published weights file; its name is that of the network, such as mn04 or mn40_ext."""
    first, _, extended = name.partition("_")
    return Weights(
        name=name,
        file=f"{first}_as{extended and '_' + extended}_mAP_{mean_average_precision * 1000:.0f}.pt",
        purpose=f"EfficientAT {name}: a MobileNetV3 of {learnt / 1e6:.2g} M values",
        licence="MIT",
        megabytes=round(4 * learnt / 1e6, 1),
        title=f"EfficientAT {name}",
        url=RELEASE,
        size=size,
        sha256=sha256,
        learnt=learnt,
        mean_average_precision=mean_average_precision,
        paper="EfficientAT",
    )


EFFICIENTAT = Architecture(
    name="efficientat",
    title="EfficientAT",
    front_end=FRONT_END,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("efficientat_network", "EfficientAT", "efficientat"),
    dimensions=sizes_of,
    # What blocks 2 to 15 widen to, and the last convolution.
    prunable=PrunableLayers(r"features\.(([2-9]|1[0-5])\.block\.0|16)\.0", "features.11-16"),
    recognises=_recognises,
    classes_key="classifier.5.weight",
    inputs=("bands",),
    graph="efficientat",
    weights=(
        _weights("mn04", 0.432, 983_599, 4_066_513, MN04),
        _weights("mn05", 0.443, 1_431_239),
        _weights("mn10", 0.471, 4_876_831),
        _weights("mn20", 0.478, 17_909_287),
        _weights("mn30", 0.482, 39_086_367),
        _weights("mn40", 0.484, 68_427_303),
        _weights("mn40_ext", 0.487, 68_427_303),
    ),
)
ARCHITECTURES = (EFFICIENTAT,)
