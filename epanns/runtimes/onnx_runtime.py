"""The live path: a converted network on ONNX Runtime, without torch, torchlibrosa or librosa.

The metadata of a converted network hold `title` and `summary` for the user; `architecture`, a name
from epanns.networks.registry, unless it is the default one; `learnt`, the number of learnt
parameters, unless the entry of published weights of its name states it; `classes`, a list of names
in JSON, unless they are the architecture's own. Its inputs are the architecture's, by the numpy
front end; its outputs are "scores", "logits" and "embedding", and of a framewise network "stepwise"
scores; see epanns/conversion.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime

from epanns.errors import cause
from epanns.frontend.numpy_frontend import mel_power, power_spectrum
from epanns.frontend.rolling_spectrum import RollingSpectrum
from epanns.networks import registry
from epanns.networks.architecture import Architecture
from epanns.runtimes.runtime import Floats, NetworkOutput
from epanns.vocabulary.audioset import vocabulary_named

# Keys of the metadata; "source" is that of a network of one's own, see registry.source_of.
ARCHITECTURE, CLASSES, LEARNT, SOURCE = "architecture", "classes", "learnt", "source"


class OnnxRuntime:
    """A converted network.

    Args:
        model: the path of the ONNX file, or its content.
        threads: how many compute one call; they sleep between calls.
        architecture: of the network, where the caller knows it; None to read it from the file.

    Attributes:
        session: the onnxruntime session.
        class_count: how many classes it scores; `vocabulary` may name others where a table beside
            the weights file has to, see epanns.vocabulary.custom.
        architecture, vocabulary, embedding_width, learnt, title, summary, remark: see Runtime.

    Raises:
        ValueError: the file is no ONNX model that can be run, or of another architecture, or of one
            whose module has changed since.
    """

    def __init__(
        self,
        model: Path | bytes,
        threads: int = 1,
        architecture: Architecture | None = None,
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads may spin while a segment is computed: waking one takes longer than many of the
        # small steps in between. Between segments they sleep.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.log_severity_level = 3  # errors
        source = str(model) if isinstance(model, Path) else model
        try:
            self.session = onnxruntime.InferenceSession(
                source, options, providers=["CPUExecutionProvider"]
            )
            notes = self.session.get_modelmeta().custom_metadata_map
            named = notes.get(ARCHITECTURE, registry.DEFAULT)
            self.architecture = architecture or registry.get(named)
            if SOURCE in notes and notes[SOURCE] != registry.source_of(self.architecture):
                raise ValueError(f"the module of {self.architecture.name} has changed")
            names = json.loads(notes[CLASSES]) if CLASSES in notes else None
            self.vocabulary = vocabulary_named(names) if names else self.architecture.vocabulary
            self.learnt = int(notes[LEARNT]) if LEARNT in notes else None
            outputs = {output.name: output for output in self.session.get_outputs()}
            inputs = {each.name for each in self.session.get_inputs()}
            framewise = "stepwise" in outputs
            if (inputs, framewise) != (set(self.architecture.inputs), self.architecture.framewise):
                raise ValueError(f"it is no {self.architecture.name}")
            self.class_count = int(outputs["scores"].shape[1])
            self.embedding_width = int(outputs["embedding"].shape[1])
        except Exception as error:  # onnxruntime raises many exception classes
            raise ValueError(f"no ONNX model that can be run ({cause(error)})") from None
        self.title, self.summary = notes.get("title", ""), notes.get("summary", "")
        self.remark = ""
        self._rolling_spectrum = RollingSpectrum(
            self.architecture.front_end, banded="bands" in self.architecture.inputs
        )
        self._outputs = list(outputs)

    def run(self, waveforms: Floats, start: int | None = None) -> NetworkOutput:
        """Score waveforms; see Runtime."""
        architecture = self.architecture
        samples = waveforms.shape[1]
        if missing := architecture.missing(samples):
            waveforms = np.pad(waveforms, ((0, 0), (0, missing)))
        values = self.session.run(self._outputs, self._inputs(waveforms, start))
        named = dict(zip(self._outputs, values, strict=True))
        framewise = named.pop("stepwise", None)
        if framewise is not None:
            frames = architecture.front_end.frame_count(samples)
            framewise = framewise.take(architecture.steps_of(frames, framewise.shape[1]), axis=1)
        return NetworkOutput(**named, framewise=framewise)

    def _inputs(self, waveforms: Floats, start: int | None) -> dict[str, Floats]:
        """What the graph takes of waveforms that fit it."""
        if start is None or self.architecture.inputs == ("waveform",):
            return graph_inputs(waveforms, self.architecture)
        spectra = self._rolling_spectrum(waveforms[0], start)
        return {
            name: waveforms if name == "waveform" else spectra for name in self.architecture.inputs
        }


def graph_inputs(waveforms: Floats, architecture: Architecture) -> dict[str, Floats]:
    """What the graph of an architecture takes of waveforms that fit it; see Architecture.inputs."""
    front_end = architecture.front_end
    made = {
        "waveform": lambda: waveforms,
        "spectrum": lambda: power_spectrum(waveforms, front_end),
        "bands": lambda: mel_power(power_spectrum(waveforms, front_end), front_end),
    }
    return {name: made[name]() for name in architecture.inputs}
