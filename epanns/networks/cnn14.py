"""Cnn14, the network of PANNs and E-PANNs, with any channel widths and either of its two heads.

Kong et al. 2020, "PANNs: Large-scale pretrained audio neural networks for audio pattern
recognition"; pruned by Singh, Liu and Plumbley 2023, "E-PANNs: Sound recognition using efficient
pre-trained audio neural networks". The network in PyTorch is in cnn14_network.py, its numbers are
in cnn14_layers.py.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from epanns.frontend.parameters import PANNS, PANNS_16K, LogMelParameters
from epanns.networks.architecture import Architecture, Shapes, UnfitError, Weights, few
from epanns.networks.cnn14_layers import (
    ATTENTION,
    BLOCKS,
    CONTEXT_COLUMNS,
    LARGEST,
    MEAN,
    MIN_SAMPLES,
    POOLED_FRAMES,
)
from epanns.networks.panns_layers import CLASSES_KEY, creator, weights
from epanns.networks.prunable_layers import PrunableLayers

CONVOLUTIONS = [f"conv_block{i}.conv{j}.weight" for i in range(1, BLOCKS + 1) for j in (1, 2)]
# Their first axis is the frequencies of the front end; a file may leave out both.
FRONT_END_KEYS = ("spectrogram_extractor.stft.conv_real.weight", "logmel_extractor.melW")
WAVEGRAM_KEY = "pre_conv0.weight"  # of networks that have the other keys, too
ATTENTION_KEY = "att_block.cla.weight"


def _dimensions(shapes: Shapes) -> dict[str, Any]:
    """The widths of the convolutions and of the embedding, from the shapes of the weights."""
    widths, inputs = [], 1
    for name in CONVOLUTIONS:
        inputs = _outputs(shapes, name, (inputs, 3, 3))
        widths.append(inputs)
    embedding = _outputs(shapes, "fc1.weight", (inputs,))
    if ATTENTION_KEY in shapes:
        _outputs(shapes, ATTENTION_KEY, (embedding, 1))
    else:
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


def _recognises(shapes: Shapes, front_end: LogMelParameters) -> bool:
    """Whether these are the keys of Cnn14, and of a front end of its own numbers if it has one."""
    if not {CONVOLUTIONS[-1], "fc1.weight", CLASSES_KEY} <= shapes.keys():
        return False
    bins = next((shapes[key][:1] for key in FRONT_END_KEYS if key in shapes), (PANNS.bins,))
    return bins == (front_end.bins,) and WAVEGRAM_KEY not in shapes


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

DECISION_LEVEL_ATT = weights(
    "cnn14_attention",
    "Cnn14_DecisionLevelAtt",
    0.425,
    "CNN14 that decides by frame, with attention, for detect",
    332,
    81_834_492,
    md5="c8281ca2b9967244b91d557aa941e8ca",
)
SIXTEEN_KHZ = weights("cnn14_16k", "Cnn14_16k", 0.438, "CNN14 for sound of 16 kHz", 325, 80_753_615)

CNN14 = Architecture(
    name="cnn14",
    title="Cnn14",
    front_end=PANNS,
    least_samples=MIN_SAMPLES,
    outputs=frozenset({"clipwise", "embedding"}),
    create=creator("cnn14_network", "Cnn14", "cnn14"),
    dimensions=_dimensions,
    recognises=partial(_recognises, front_end=PANNS),
    classes_key=CLASSES_KEY,
    graph="cnn14",
    prunable=PrunableLayers(r"conv_block\d\.conv\d", "conv_block4-6"),  # as E-PANNs
    weights=(STARTER, E_PANNS, FULL),
)
CNN14_16K = replace(
    CNN14,
    name="cnn14_16k",
    title="Cnn14_16k",
    front_end=PANNS_16K,
    least_samples=MIN_SAMPLES * PANNS_16K.hop // PANNS.hop,
    create=creator("cnn14_network", "Cnn14", "cnn14_16k"),
    recognises=partial(_recognises, front_end=PANNS_16K),
    weights=(SIXTEEN_KHZ,),
)
# The same keys and shapes as Cnn14: only the zoo, or the file's checksum, tells them apart.
CNN14_DECISION_LEVEL_MAX = replace(
    CNN14,
    name="cnn14_decision_level_max",
    outputs=frozenset({"clipwise", "embedding", "framewise"}),
    create=creator("cnn14_network", "Cnn14", "cnn14_decision_level_max"),
    recognises=lambda shapes: False,
    weights=(DECISION_LEVEL_MAX,),
    head=LARGEST,
    copy_tag="framewise",
    step_frames=POOLED_FRAMES,
    context_steps=CONTEXT_COLUMNS,
)
CNN14_DECISION_LEVEL_AVG = replace(
    CNN14_DECISION_LEVEL_MAX,
    name="cnn14_decision_level_avg",
    title="Cnn14_DecisionLevelAvg",
    create=creator("cnn14_network", "Cnn14", "cnn14_decision_level_avg"),
    weights=(),
    head=MEAN,
    copy_tag="average",
)
CNN14_DECISION_LEVEL_ATT = replace(
    CNN14_DECISION_LEVEL_MAX,
    name="cnn14_decision_level_att",
    title="Cnn14_DecisionLevelAtt",
    create=creator("cnn14_network", "Cnn14", "cnn14_decision_level_att"),
    recognises=lambda shapes: (
        {CONVOLUTIONS[-1], ATTENTION_KEY} <= shapes.keys() and WAVEGRAM_KEY not in shapes
    ),
    classes_key=ATTENTION_KEY,
    weights=(DECISION_LEVEL_ATT,),
    head=ATTENTION,
    copy_tag="",
)
ARCHITECTURES = (
    CNN14,
    CNN14_DECISION_LEVEL_MAX,
    CNN14_DECISION_LEVEL_AVG,
    CNN14_DECISION_LEVEL_ATT,
    CNN14_16K,
)
