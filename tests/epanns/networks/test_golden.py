"""Golden outputs: those of the published networks, and a small set of the project's own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from epanns.conversion import graphs
from epanns.conversion.cnn14_graph import build
from epanns.frontend.numpy_frontend import mel_power, power_spectrum
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.networks import registry
from epanns.networks.architecture import Shapes
from epanns.networks.checkpoint import load_checkpoint
from epanns.networks.cnn14 import CNN14, CNN14_DECISION_LEVEL_MAX
from epanns.networks.cnn14_network import Cnn14
from epanns.networks.efficientat_network import EfficientAT
from epanns.networks.network import Network, TorchOutput
from epanns.networks.resnest_network import ResNeSt50
from epanns.runtimes.onnx_runtime import OnnxRuntime
from epanns.vocabulary.custom import numbered_classes
from tests.support.golden import standin
from tests.support.golden.reference import standin_values


def run(network: Network, waveform: Any) -> TorchOutput:
    with torch.inference_mode():
        output: TorchOutput = network(torch.from_numpy(waveform)[None])
    return output


def converted(network: Cnn14) -> OnnxRuntime:
    return OnnxRuntime(build(network).SerializeToString(), architecture=network.architecture)


def log_mel(network: Cnn14, waveform: Any) -> NDArray[np.float32]:
    with torch.inference_mode():
        found: NDArray[np.float32] = network.log_mel(torch.from_numpy(waveform)[None])[0].numpy()
    return found


def sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-logits))


def near(found: Any, expected: Any, tolerance: float) -> None:
    np.testing.assert_allclose(np.asarray(found), expected, rtol=0, atol=tolerance)


# --- the project's own


@pytest.fixture(scope="module", params=standin.NETWORKS)
def own(request: pytest.FixtureRequest) -> tuple[str, Cnn14]:
    return request.param, standin.build(*standin.NETWORKS[request.param])


@pytest.fixture(scope="module")
def own_converted(own: tuple[str, Cnn14]) -> OnnxRuntime:
    return converted(own[1])


@pytest.mark.parametrize("sound", ["tones", "sweep", "blip"])
def test_own_outputs_are_reproduced(own: tuple[str, Cnn14], sound: str) -> None:
    name, network = own
    output = run(network, standin.waveforms()[sound])
    with np.load(standin.FIGURES) as figures:
        near(output.logits[0], figures[f"{name}/{sound}/logits"], 1e-4)
        near(output.embedding[0], figures[f"{name}/{sound}/embedding"], 1e-4)
        if output.framewise is not None:
            near(output.framewise[0, ::5, ::10], figures[f"{name}/{sound}/framewise"], 1e-3)


@pytest.mark.parametrize("sound", ["tones", "sweep", "blip"])
def test_own_outputs_are_reproduced_by_the_converted_network(
    own: tuple[str, Cnn14], own_converted: OnnxRuntime, sound: str
) -> None:
    name, _ = own
    scored = own_converted.run(standin.waveforms()[sound][None])
    with np.load(standin.FIGURES) as figures:
        near(scored.scores[0], sigmoid(figures[f"{name}/{sound}/logits"]), 2e-4)
        near(scored.embedding[0], figures[f"{name}/{sound}/embedding"], 2e-3)
        if scored.framewise is not None:
            near(scored.framewise[0, ::5, ::10], figures[f"{name}/{sound}/framewise"], 1e-3)


def test_own_log_mel_is_reproduced(own: tuple[str, Cnn14]) -> None:
    found = log_mel(own[1], standin.waveforms()["tones"])[::10]
    with np.load(standin.FIGURES) as figures:
        near(found, figures["logmel/tones"], 1e-3)


@pytest.mark.parametrize("name", standin.ARCHITECTURES)
def test_own_outputs_of_every_architecture_are_reproduced(name: str) -> None:
    network = standin.narrow(name)
    runtime = OnnxRuntime(
        graphs.build(network).SerializeToString(), architecture=network.architecture
    )
    with np.load(standin.FIGURES) as figures:
        for sound, waveform in standin.waveforms().items():
            output = run(network, waveform)
            near(output.logits[0], figures[f"{name}/{sound}/logits"], 1e-4)
            near(output.embedding[0], figures[f"{name}/{sound}/embedding"], 1e-4)
            scored = runtime.run(waveform[None])
            near(scored.scores[0], sigmoid(figures[f"{name}/{sound}/logits"]), 2e-4)
            near(scored.embedding[0], figures[f"{name}/{sound}/embedding"], 2e-3)


# --- those of the published networks


@pytest.fixture
def reference(shared: Path) -> Path:
    return shared / "reference"


def published(reference: Path, name: str) -> Cnn14:
    """The network of a published layout, under the reference's stand-in weights."""
    keys = json.loads((reference / "checkpoint_layouts.json").read_text())[name]["keys"]
    widths = [keys[f"conv_block{i}.conv{j}.weight"][0] for i in range(1, 7) for j in (1, 2)]
    network = Cnn14(CNN14, widths=widths, embedding=keys["fc1.weight"][0]).eval()
    state = network.state_dict()
    assert {key: list(value.shape) for key, value in state.items()} == keys
    assert list(state) == list(keys)
    network.load_state_dict(standin_values(reference / "golden_weights.py", state))
    return network


@pytest.mark.parametrize("name", ["epanns25", "epanns50", "epanns75"])
def test_published_epanns_is_reproduced(reference: Path, name: str) -> None:
    network = published(reference, name)
    runtime = converted(network)
    with np.load(reference / "epanns_golden.npz") as golden:
        for length in ("1s", "2s", "5s"):
            waveform = golden[f"waveform_{length}"]
            output = run(network, waveform)
            near(output.logits[0], golden[f"{name}_logits_{length}"], 1e-4)
            near(output.embedding[0], golden[f"{name}_embedding_{length}"], 1e-4)
            near(log_mel(network, waveform), golden[f"logmel_{length}"], 1e-3)
            scored = runtime.run(waveform[None])
            near(scored.scores[0], sigmoid(golden[f"{name}_logits_{length}"]), 2e-4)
            near(scored.embedding[0], golden[f"{name}_embedding_{length}"], 2e-3)
            if f"{name}_softmax_{length}" in golden:
                softmax = output.logits[0].softmax(dim=0)
                near(softmax, golden[f"{name}_softmax_{length}"], 1e-4)


def test_published_cnn14_and_its_decision_level_head_are_reproduced(reference: Path) -> None:
    network = published(reference, "cnn14")
    waveforms = np.load(reference / "epanns_golden.npz")
    with np.load(reference / "cnn14_golden.npz") as golden:
        runtime = converted(network)
        for length in ("1s", "2s", "5s"):
            waveform = waveforms[f"waveform_{length}"]
            output = run(network, waveform)
            near(output.logits[0].sigmoid(), golden[f"cnn14_clipwise_{length}"], 1e-4)
            near(output.embedding[0], golden[f"cnn14_embedding_{length}"], 1e-4)
            scored = runtime.run(waveform[None])
            near(scored.scores[0], golden[f"cnn14_clipwise_{length}"], 2e-4)
        # The keys are the same, so the stand-in weights are, too. What this head is converted to is
        # compared above, with narrow_framewise: making a second graph of this size takes long.
        network.architecture = CNN14_DECISION_LEVEL_MAX
        for length in ("1s", "2s", "5s"):
            output = run(network, waveforms[f"waveform_{length}"])
            near(output.logits[0].sigmoid(), golden[f"dlm_clipwise_{length}"], 1e-4)
            assert output.framewise is not None
            if f"dlm_framewise_{length}" in golden:
                near(output.framewise[0], golden[f"dlm_framewise_{length}"], 1e-3)


# The architecture of each layout, and whether its golden figures are of a framewise network.
LAYOUTS = {
    "Cnn6": "cnn6",
    "Cnn10": "cnn10",
    "MobileNetV1": "mobilenet_v1",
    "MobileNetV2": "mobilenet_v2",
    "ResNet22": "resnet22",
    "ResNet38": "resnet38",
    "Wavegram_Cnn14": "wavegram_cnn14",
    "Wavegram_Logmel_Cnn14": "wavegram_logmel_cnn14",
    "Cnn14_16k": "cnn14_16k",
    "Cnn14_DecisionLevelAtt": "cnn14_decision_level_att",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_network_of_panns_is_reproduced(reference: Path, name: str) -> None:
    layout = json.loads((reference / "networks/layouts.json").read_text())[name]["shapes"]
    shapes = {key: tuple(shape) for key, shape in layout.items()}
    architecture = registry.recognise(shapes)
    assert architecture is not None
    assert architecture.name == LAYOUTS[name]
    network = architecture.create(**architecture.dimensions(shapes)).eval()
    state = network.state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == shapes
    network.load_state_dict(standin_values(reference / "networks/golden_weights_any.py", state))
    runtime = OnnxRuntime(graphs.build(network).SerializeToString(), architecture=architecture)
    step = SAMPLE_RATE // architecture.sample_rate
    waveforms = np.load(reference / "epanns_golden.npz")
    with np.load(reference / "networks/panns_golden.npz") as golden:
        for length in ("1s", "2s"):
            waveform = np.ascontiguousarray(waveforms[f"waveform_{length}"][::step])
            output, scored = run(network, waveform), runtime.run(waveform[None])
            if output.framewise is not None and scored.framewise is not None:
                near(output.logits[0].sigmoid(), golden[f"{name}_clipwise_{length}"], 1e-4)
                near(scored.scores[0], golden[f"{name}_clipwise_{length}"], 1e-4)
                near(output.framewise[0], golden[f"{name}_framewise_{length}"], 1e-3)
                near(scored.framewise[0], golden[f"{name}_framewise_{length}"], 1e-3)
            else:
                for found in (output, scored):
                    near(found.logits[0], golden[f"{name}_logits_{length}"], 1e-4)
                    near(found.embedding[0], golden[f"{name}_embedding_{length}"], 1e-4)


def test_published_efficientat_is_reproduced(shared: Path) -> None:
    network = load_checkpoint(shared / "models" / "mn04_as_mAP_432.pt")
    assert isinstance(network, EfficientAT)
    runtime = OnnxRuntime(
        graphs.build(network).SerializeToString(), architecture=network.architecture
    )
    waveforms = np.load(shared / "reference/epanns_golden.npz")
    with np.load(shared / "reference/networks/mn04_golden.npz") as golden:
        for length in ("1s", "2s", "5s"):
            waveform = waveforms[f"waveform_{length}"]
            front_end = network.architecture.front_end
            power = power_spectrum(waveform[None], front_end)
            bands = torch.from_numpy(mel_power(power, front_end))
            near(network.log_mel(bands)[0].T, golden[f"logmel_{length}"], 1e-3)
            for found in (run(network, waveform), runtime.run(waveform[None])):
                near(found.logits[0], golden[f"logits_{length}"], 1e-4)
                near(found.embedding[0], golden[f"embedding_{length}"], 1e-4)


RESNESTS = {
    "resnest50": ("resnest50", "resnest50_logits"),
    "resnest50_fast_1s1x64d": ("resnest50_fast", "resnest50_fast_1s1x64d_logits"),
    "seed001_resnest": ("resnest50_fast", "seed001_logits"),
}


def layout_of(layouts: dict[str, dict[str, dict[str, list[int]]]], name: str) -> Shapes:
    """The shapes of a layout; that of a network with another head states this head only."""
    found = layouts[name].get("shapes")
    if found is None:
        trunk = layouts["resnest50_fast_1s1x64d"]["shapes"]
        found = {key: shape for key, shape in trunk.items() if not key.startswith("fc.")}
        found |= layouts[name]["head"]
    return {key: tuple(shape) for key, shape in found.items()}


@pytest.mark.parametrize("layout", RESNESTS)
def test_published_resnest_is_reproduced(reference: Path, layout: str) -> None:
    folder = reference / "networks"
    name, logits = RESNESTS[layout]
    shapes = layout_of(json.loads((folder / "layouts.json").read_text()), layout)
    architecture = registry.recognise(shapes)
    assert architecture is not None
    assert architecture.name == name
    classes = numbered_classes(architecture.class_count(shapes))
    network = architecture.create(vocabulary=classes, **architecture.dimensions(shapes)).eval()
    assert isinstance(network, ResNeSt50)
    state = network.state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == shapes
    network.load_state_dict(standin_values(folder / "golden_weights_any.py", state))
    random = np.random.Generator(np.random.PCG64(20200419))
    pixels = random.uniform(0, 1, (1, 3, 224, 313)).astype(np.float32)
    with torch.inference_mode():
        output = network.from_picture(torch.from_numpy(pixels))
    scored = of_picture(graphs.build(network), pixels)
    with np.load(folder / "resnest_golden.npz") as golden:
        for found in (output._asdict(), scored):
            near(found["logits"][0], golden[logits], 1e-4)
            if (features := logits.replace("logits", "features")) in golden:
                near(found["embedding"][0], golden[features], 1e-4)


def of_picture(model: onnx.ModelProto, pixels: NDArray[np.float32]) -> dict[str, Any]:
    """What the part of a graph behind its picture says of another picture."""
    name = next(node.output[0] for node in model.graph.node if node.op_type == "Expand")
    outputs = ["logits", "embedding"]
    shape = ["batch", "channels", "height", "width"]
    found = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    model.graph.value_info.append(found)
    part = onnx.utils.Extractor(model).extract_model([name], outputs)
    session = onnxruntime.InferenceSession(
        part.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return dict(zip(outputs, session.run(outputs, {name: pixels}), strict=True))
