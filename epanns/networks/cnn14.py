"""Cnn14, the network of PANNs and E-PANNs, with any channel widths and either of its two heads.

Kong et al. 2020, "PANNs: Large-scale pretrained audio neural networks for audio pattern
recognition"; pruned by Singh, Liu and Plumbley 2023, "E-PANNs: Sound recognition using efficient
pre-trained audio neural networks". The network in PyTorch is in cnn14_network.py, its numbers are
in cnn14_layers.py.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from epanns.frontend.parameters import PANNS
from epanns.networks.cnn14_layers import BLOCKS, CONTEXT_COLUMNS, MIN_SAMPLES, POOLED_FRAMES
from epanns.networks.registry import Architecture, Shapes, UnfitError, Weights, few

if TYPE_CHECKING:
    from epanns.networks.network import Network

CONVOLUTIONS = [f"conv_block{i}.conv{j}.weight" for i in range(1, BLOCKS + 1) for j in (1, 2)]
CLASSES_KEY = "fc_audioset.weight"


def _create(architecture: str, **arguments: Any) -> "Network":
    """Build the network; PyTorch is imported only here."""
    from epanns.networks.cnn14_network import Cnn14
    from epanns.networks.registry import get

    return Cnn14(get(architecture), **arguments)


def _dimensions(shapes: Shapes) -> dict[str, Any]:
    """The widths of the convolutions and of the embedding, from the shapes of the weights."""
    widths, inputs = [], 1
    for name in CONVOLUTIONS:
        inputs = _outputs(shapes, name, (inputs, 3, 3))
        widths.append(inputs)
    embedding = _outputs(shapes, "fc1.weight", (inputs,))
    _outputs(shapes, CLASSES_KEY, (embedding,))
    return {"widths": widths, "embedding": embedding}


def _outputs(shapes: Shapes, name: str, inputs: tuple[int, ...]) -> int:
    """The outputs of a layer whose weight must have the shape (outputs, *inputs)."""
    if name not in shapes:
        raise UnfitError(f"the key {name}", few(shapes))
    shape = shapes[name]
    if not shape or not shape[0] or shape[1:] != inputs:
        raise UnfitError(f"{name} of shape (outputs, {str(inputs)[1:-1].rstrip(',')})", f"{shape}")
    return shape[0]


def _recognises(shapes: Shapes) -> bool:
    return {CONVOLUTIONS[-1], "fc1.weight", CLASSES_KEY} <= shapes.keys()


STARTER = Weights(
    name="starter",
    file="starter.pth",
    purpose="small network of our own, to start with at once",
    licence="MIT",
    megabytes=4.8,
    title="starter",
    learnt=2_402_719,
)
E_PANNS = Weights(
    name="epanns",
    file="checkpoint_closeto_.44.pt",
    purpose="E-PANNs, what the live tagger takes if it is there",
    licence="see its record",
    megabytes=97,
    title="E-PANNs",
    doi="10.5281/zenodo.7939403",
    learnt=23_205_839,
    mean_average_precision=0.440,
    paper="E-PANNs",
)
FULL = Weights(
    name="cnn14",
    file="Cnn14_mAP=0.431.pth",
    purpose="the full CNN14, to compare with",
    licence="CC BY 4.0, see its record",
    megabytes=327,
    title="CNN14",
    doi="10.5281/zenodo.3987831",
    size=327_428_481,
    sha256="0dc499e40e9761ef5ea061ffc77697697f277f6a960894903df3ada000e34b31",
    learnt=80_753_615,
    mean_average_precision=0.431,
    paper="PANNs",
)
DECISION_LEVEL_MAX = Weights(
    name="cnn14_framewise",
    file="Cnn14_DecisionLevelMax_mAP=0.385.pth",
    purpose="CNN14 that decides frame by frame, for detect",
    licence="CC BY 4.0, see its record",
    megabytes=327,
    title="CNN14 DecisionLevelMax",
    doi="10.5281/zenodo.3987831",
    size=327_428_481,
    sha256="dd3b4043a87d4ec13df8082c0fcfee3fb5084151808e47e060987a95eabdd142",
    learnt=80_753_615,
    mean_average_precision=0.385,
    paper="PANNs",
)

CNN14 = Architecture(
    name="cnn14",
    title="Cnn14",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=partial(_create, "cnn14"),
    dimensions=_dimensions,
    recognises=_recognises,
    classes_key=CLASSES_KEY,
    graph="cnn14",
    weights=(STARTER, E_PANNS, FULL),
)
# The same keys and shapes as Cnn14: only the zoo, or the file's checksum, tells them apart.
CNN14_DECISION_LEVEL_MAX = Architecture(
    name="cnn14_decision_level_max",
    title="Cnn14",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding", "framewise"}),
    create=partial(_create, "cnn14_decision_level_max"),
    dimensions=_dimensions,
    recognises=lambda shapes: False,
    classes_key=CLASSES_KEY,
    graph="cnn14",
    weights=(DECISION_LEVEL_MAX,),
    copy_tag="framewise",
    step_frames=POOLED_FRAMES,
    context_steps=CONTEXT_COLUMNS,
)
ARCHITECTURES = (CNN14, CNN14_DECISION_LEVEL_MAX)
