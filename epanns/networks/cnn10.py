"""Cnn6 and Cnn10, the small plain networks of PANNs (Kong et al. 2020, section III.A)."""

from epanns.frontend.parameters import PANNS
from epanns.networks.architecture import Architecture, Shapes
from epanns.networks.panns_layers import CLASSES_KEY, creator, sizes_of, weights
from epanns.networks.prunable_layers import PrunableLayers

MIN_SAMPLES = 15 * PANNS.hop  # four halvings of time leave a column
PRUNABLE = PrunableLayers(r"conv_block\d\.conv\d", "conv_block3-4")


def _is_small(shapes: Shapes, layer: str) -> bool:
    others = ("conv_block5.", "pre_block1.")
    return f"conv_block4.{layer}.weight" in shapes and not any(
        key.startswith(others) for key in shapes
    )


CNN6 = Architecture(
    name="cnn6",
    title="Cnn6",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("cnn10_network", "Cnn6", "cnn6"),
    dimensions=sizes_of,
    recognises=lambda shapes: _is_small(shapes, "conv1") and not _is_small(shapes, "conv2"),
    classes_key=CLASSES_KEY,
    prunable=PRUNABLE,
    weights=(
        weights(
            "cnn6",
            "Cnn6",
            0.343,
            "the smallest plain network of PANNs",
            24,
            4_837_455,
            md5="e25e26b84585b14c7754c91e48efc9be",
        ),
    ),
)
CNN10 = Architecture(
    name="cnn10",
    title="Cnn10",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("cnn10_network", "Cnn10", "cnn10"),
    dimensions=sizes_of,
    recognises=lambda shapes: _is_small(shapes, "conv2"),
    classes_key=CLASSES_KEY,
    prunable=PRUNABLE,
    weights=(
        weights(
            "cnn10",
            "Cnn10",
            0.380,
            "a small plain network of PANNs",
            25,
            5_219_279,
            size=25_237_595,
            md5="bfb1f1f9968938fa8ef4012b8471f5f6",
        ),
    ),
)
ARCHITECTURES = (CNN6, CNN10)
