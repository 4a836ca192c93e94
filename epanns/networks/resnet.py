"""ResNet22, ResNet38 and ResNet54 of PANNs (Kong et al. 2020, section III.B, table II)."""

from epanns.frontend.parameters import PANNS
from epanns.networks.architecture import Architecture, Shapes, Weights
from epanns.networks.panns_layers import CLASSES_KEY, creator, sizes_of, weights
from epanns.networks.prunable_layers import PrunableLayers

MIN_SAMPLES = 31 * PANNS.hop  # five halvings of time leave a column
PLAIN = r"conv_block1\.conv1|conv_block_after1\.conv\d"  # layers that are in no residual block
DEFAULT = "resnet.layer3-4,conv_block_after1"


def _is(shapes: Shapes, deep: bool, bottlenecks: bool) -> bool:
    """Whether a file is one of the three, by its third layer's last block and its blocks."""
    if "resnet.layer4.0.conv1.weight" not in shapes or CLASSES_KEY not in shapes:
        return False
    found = "resnet.layer3.5.conv1.weight" in shapes, "resnet.layer1.0.conv3.weight" in shapes
    return found == (deep, bottlenecks)


def _entry(
    name: str, title: str, deep: bool, bottlenecks: bool, *published: Weights
) -> Architecture:
    inner = "[12]" if bottlenecks else "1"  # of a block: all but its last convolution
    return Architecture(
        name=name,
        title=title,
        front_end=PANNS,
        least_samples=MIN_SAMPLES,
        outputs=frozenset({"clipwise", "embedding"}),
        create=creator("resnet_network", title, name),
        dimensions=sizes_of,
        recognises=lambda shapes: _is(shapes, deep, bottlenecks),
        classes_key=CLASSES_KEY,
        graph="resnet",
        prunable=PrunableLayers(rf"resnet\.layer\d\.\d\.conv{inner}|{PLAIN}", DEFAULT),
        weights=published,
    )


RESNET22 = _entry(
    "resnet22",
    "ResNet22",
    False,
    False,
    weights("resnet22", "ResNet22", 0.430, "a residual network of PANNs", 259, 63_675_087),
)
RESNET38 = _entry(
    "resnet38",
    "ResNet38",
    True,
    False,
    weights(
        "resnet38",
        "ResNet38",
        0.434,
        "the best residual network of PANNs",
        299,
        73_783_247,
        md5="bf12f36aaabac4e0855e22d3c3239c1b",
    ),
)
RESNET54 = _entry(
    "resnet54",
    "ResNet54",
    True,
    True,
    weights("resnet54", "ResNet54", 0.429, "the deepest network of PANNs", 421, 104_318_159),
)
ARCHITECTURES = (RESNET22, RESNET38, RESNET54)
