"""Published networks: how many values they have learnt, and their mAP on AudioSet's evaluation set.

Only those of which both are known. Each was measured by its authors on the videos that were still
there at the time, so small differences mean nothing.
"""

from typing import NamedTuple


class Published(NamedTuple):
    """One network.

    Attributes:
        name: as its authors call it.
        parameters: values learnt.
        mean_average_precision: on AudioSet's evaluation set, 527 classes.
        family: the paper it is from, a key of SOURCES.
    """

    name: str
    parameters: int
    mean_average_precision: float
    family: str


SOURCES = {
    "PANNs": "Kong et al., IEEE/ACM TASLP 2020, arXiv 1912.10211",
    "E-PANNs": "Singh, Liu and Plumbley, 2023, arXiv 2305.18665",
    "EfficientAT": "Schmid, Koutini and Widmer, ICASSP 2023, arXiv 2211.04772, and its repository",
    "CED": "Dinkel et al., ICASSP 2024, arXiv 2308.11957, and its repository",
    "521 classes, other clips": "Google's YAMNet, in the models repository of TensorFlow",
}

PUBLISHED = (
    Published("Cnn6", 4_837_455, 0.343, "PANNs"),
    Published("Cnn10", 5_219_279, 0.380, "PANNs"),
    Published("CNN14", 80_753_615, 0.431, "PANNs"),
    Published("MobileNetV1", 4_796_303, 0.389, "PANNs"),
    Published("MobileNetV2", 4_075_343, 0.383, "PANNs"),
    Published("ResNet38", 73_783_247, 0.434, "PANNs"),
    Published("E-PANNs", 23_205_839, 0.440, "E-PANNs"),
    Published("mn04", 983_000, 0.432, "EfficientAT"),
    Published("mn05", 1_430_000, 0.443, "EfficientAT"),
    Published("mn10", 4_880_000, 0.471, "EfficientAT"),
    Published("mn40_ext", 68_430_000, 0.487, "EfficientAT"),
    Published("CED tiny", 5_500_000, 0.481, "CED"),
    Published("CED mini", 9_600_000, 0.490, "CED"),
    Published("CED small", 22_000_000, 0.496, "CED"),
    Published("CED base", 86_000_000, 0.500, "CED"),
    Published("YAMNet", 3_700_000, 0.306, "521 classes, other clips"),
)
