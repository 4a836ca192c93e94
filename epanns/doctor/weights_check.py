"""Checks of the weights: quick for the doctor, thorough for python -m epanns models check."""

import math
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from epanns.doctor.result import CheckResult
from epanns.doctor.software_check import chosen_settings
from epanns.errors import PackagesMissingError, WeightsError
from epanns.formatting import megabytes
from epanns.networks import registry
from epanns.networks.architecture import Architecture
from epanns.packages.requirements import remedy
from epanns.paths import COMMAND
from epanns.zoo import catalogue, inventory
from epanns.zoo.catalogue import AUTO, PREFERRED, SHIPPED, WeightsFile
from epanns.zoo.inventory import ConvertedCopies, InventoryItem
from epanns.zoo.recommendation import choose

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger

TIMED = 20  # updates, of which the quickest counts: other programs slow some of them down


def weights() -> list[CheckResult]:
    """The files of each network; missing ones that the program does not need share a line."""
    holdings = [inventory.look(name) for name in catalogue.names()]
    findings = [_quick(each) for each in holdings if each.size is not None or _missed(each.name)]
    others = [each.name for each in holdings if each.size is None and not _missed(each.name)]
    if others:
        found = "not here, only needed where asked for by name"
        findings.append(CheckResult("others", "muted", f"{', '.join(others)}: {found}"))
    return findings


def scores() -> list[CheckResult]:
    """Whether the network that the program would use scores sound, and how fast."""
    settings = chosen_settings()
    findings: list[CheckResult] = []
    asked = settings.model
    if asked != AUTO:
        try:
            asked = choose(asked, settings.segment, settings.hop, converts=False).model
        except PackagesMissingError as error:
            return [CheckResult("scores", "muted", f"not tried: {error}")]
    wanted = [PREFERRED, SHIPPED] if asked == AUTO else [asked]
    for name in dict.fromkeys([*wanted, *catalogue.names()]):
        if (
            catalogue.is_published(name)
            and not catalogue.is_here(name)
            and name not in (asked, SHIPPED)
        ):
            continue
        try:
            findings.append(_timed(name))
            break
        except WeightsError as error:
            todo = f"{COMMAND} models check says more"
            findings.append(CheckResult("scores", "bad", str(error), todo))
    else:
        last = findings.pop()
        findings.append(CheckResult("scores", "bad", last.found, last.todo, stops=True))
    return findings


def inspect(model: str) -> list[CheckResult]:
    """Everything about one network: size, checksum, content, converted copies.

    Args:
        model: a name of the zoo, or the path of a weights file.
    """
    topic = model if catalogue.is_published(model) else Path(model).name
    try:
        weights = catalogue.resolve(model)
        findings = [_identity(topic, model, weights), _content(topic, weights)]
        copies = inventory.copies_of(weights)
    except WeightsError as error:
        return [CheckResult(topic, "bad", str(error))]
    except ImportError as error:
        return [
            CheckResult(topic, "bad", f"{error.name} does not load ({error}).", remedy(error.name))
        ]
    return findings + _copies(topic, model, weights.architecture, copies)


def _missed(name: str) -> bool:
    """Whether the program uses a network without being told to."""
    return name in (PREFERRED, SHIPPED)


def _quick(holding: InventoryItem) -> CheckResult:
    name = holding.name
    if holding.size is None:
        hand = inventory.by_hand(name)
        if name == PREFERRED:
            found = "not here; the starter model is used until it is"
            return CheckResult(name, "warning", found, f"{COMMAND} models fetch {name}; or {hand}")
        return CheckResult(name, "bad", "not here, though it comes with the project", hand)
    figures = {"bytes": holding.size, "converted": list(holding.copies.fresh)}
    if holding.fault:
        return CheckResult(name, "bad", holding.fault, figures=figures)
    source = inventory.checksum_source(name)
    checksum = f"checksum {source}" if source else "its checksum is not known"
    found = f"{holding.path.name}, {megabytes(holding.size)}, {checksum}, "
    if "fp32" in holding.copies.fresh:
        found += f"converted ({', '.join(holding.copies.fresh)})"
        return CheckResult(name, "good", found, figures=figures)
    found += "not converted yet: done when it is first used, which takes seconds"
    todo = f"{COMMAND} models convert {name}"
    return CheckResult(name, "warning", found, todo, figures=figures)


def _timed(model: str) -> CheckResult:
    """Score noise with a network, with the user's settings.

    Raises:
        WeightsError: it cannot be used.
    """
    settings = chosen_settings()
    weights = catalogue.resolve(model)
    copies = inventory.copies_of(weights).fresh
    if settings.runtime == "onnx" and not copies:
        if find_spec("torch") is None:
            raise WeightsError(
                f"{weights.path} is not converted yet, and PyTorch is not there to do it."
            )
        return CheckResult("scores", "muted", f"not tried, as {model} is not converted yet")

    from epanns.tagger import AudioTagger

    precision = settings.precision if settings.precision in copies else "fp32"
    tagger = AudioTagger(
        model, runtime=settings.runtime, precision=precision, threads=settings.threads
    )
    seconds = _update_seconds(tagger, settings.segment)
    found = f"{tagger.name} in {precision}: an update takes {1000 * seconds:.1f} ms at best"
    figures = {"model": model, "precision": precision, "update_seconds": seconds}
    if precision != settings.precision:
        todo = f"there is no {settings.precision} of it: {COMMAND} models quantise {model}"
        return CheckResult("scores", "warning", found, todo, figures=figures)
    if seconds > settings.hop:
        found += f", longer than the hop of {settings.hop:g} s"
        todo = "a longer --hop, --precision int8 or --model starter"
        return CheckResult("scores", "warning", found, todo, figures=figures)
    return CheckResult("scores", "good", found, figures=figures)


def _update_seconds(tagger: "AudioTagger", segment: float) -> float:
    """The shortest time in seconds that scoring a segment of `segment` seconds takes.

    Raises:
        WeightsError: the scores are not finite.
    """
    import numpy as np

    samples = round(segment * tagger.sample_rate)
    noise = np.random.default_rng(0).normal(0, 0.1, samples).astype(np.float32)
    quickest = math.inf
    for _ in range(TIMED):
        began = time.perf_counter()
        scores = tagger.scores(noise[None])
        quickest = min(quickest, time.perf_counter() - began)
    if not np.isfinite(scores).all():
        raise WeightsError(f"{tagger.name} gives scores that are no numbers; convert it anew.")
    return quickest


def _identity(topic: str, model: str, weights: WeightsFile) -> CheckResult:
    """Size and checksum of a file; catalogue.resolve has compared them with what is known."""
    path, size, digest = weights.path, weights.path.stat().st_size, weights.checksum
    figures = {"bytes": size, "sha256": digest}
    if catalogue.is_published(model):
        source = (
            inventory.checksum_source(model) or "with which it cannot be compared, none is known"
        )
    else:
        known = registry.recognise_file(path, digest)
        source = (
            f"that of the published {known[0].file}" if known else "not that of a published file"
        )
    return CheckResult(topic, "good", f"{path}: {size:,} bytes, sha256 {digest}, {source}",
                   figures=figures)  # fmt: skip


def _content(topic: str, weights: WeightsFile) -> CheckResult:
    """What a file holds.

    Raises:
        WeightsError: it holds no network.
    """
    from epanns.networks.checkpoint import load_checkpoint

    network = load_checkpoint(weights.path, weights.architecture)
    summary = "; ".join(" ".join(line.split()) for line in network.summary.splitlines())
    return CheckResult(topic, "good", f"loads, and holds {network.title}: {summary}")


def _copies(
    topic: str, model: str, architecture: Architecture | None, copies: ConvertedCopies
) -> list[CheckResult]:
    """Whether the converted copies run, and which ones are stale."""
    from epanns.runtimes.onnx_runtime import OnnxRuntime

    findings = []
    for precision, path in copies.fresh.items():
        try:
            OnnxRuntime(path, architecture=architecture)
            findings.append(
                CheckResult(topic, "good", f"{precision} copy fresh, and runs: {path.name}")
            )
        except ValueError as error:
            todo = f"{COMMAND} models convert {model}"
            findings.append(CheckResult(topic, "bad", f"{path.name} does not run: {error}", todo))
    if "fp32" not in copies.fresh:
        found = "not converted yet: done when it is first used, which takes seconds"
        todo = f"{COMMAND} models convert {model}"
        findings.append(CheckResult(topic, "warning", found, todo))
    findings += [
        CheckResult(topic, "warning", f"{path.name} is stale or broken and not used", "delete it")
        for path in copies.stale
    ]
    return findings
