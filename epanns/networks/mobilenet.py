"""MobileNetV1 and MobileNetV2 of PANNs (Kong et al. 2020, section III.C)."""

from epanns.frontend.parameters import PANNS
from epanns.networks.architecture import Architecture
from epanns.networks.panns_layers import CLASSES_KEY, creator, sizes_of, weights
from epanns.networks.prunable_layers import PrunableLayers

MIN_SAMPLES = 31 * PANNS.hop  # five halvings of time leave a column

MOBILENET_V1 = Architecture(
    name="mobilenet_v1",
    title="MobileNetV1",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("mobilenet_network", "MobileNetV1", "mobilenet_v1"),
    dimensions=sizes_of,
    prunable=PrunableLayers(r"features\.(0\.0|\d+\.4)", "features.7-13"),
    recognises=lambda shapes: {"features.13.4.weight", CLASSES_KEY} <= shapes.keys(),
    classes_key=CLASSES_KEY,
    weights=(
        weights(
            "mobilenet_v1",
            "MobileNetV1",
            0.389,
            "the light network of PANNs",
            24,
            4_796_303,
            size=23_639_473,
            md5="a419303e1c88aa1b9d2ac3811563d371",
        ),
    ),
)
MOBILENET_V2 = Architecture(
    name="mobilenet_v2",
    title="MobileNetV2",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("mobilenet_network", "MobileNetV2", "mobilenet_v2"),
    dimensions=sizes_of,
    # What blocks 2 to 17 widen to, and the last convolution.
    prunable=PrunableLayers(r"features\.(([2-9]|1[0-7])\.conv|18)\.0", "features.11-18"),
    recognises=lambda shapes: {"features.17.conv.0.weight", CLASSES_KEY} <= shapes.keys(),
    classes_key=CLASSES_KEY,
    weights=(
        weights("mobilenet_v2", "MobileNetV2", 0.383, "the lightest of PANNs", 21, 4_075_343),
    ),
)
ARCHITECTURES = (MOBILENET_V1, MOBILENET_V2)
