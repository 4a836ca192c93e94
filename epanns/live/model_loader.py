"""Loading a network in the background: first one that is there, then a better one once fetched.

`auto` is E-PANNs if it is in models/, else the starter model at once and E-PANNs as soon as it has
been fetched; `small` is likewise. What `best` means is in epanns.zoo.recommendation.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from epanns.errors import (
    InstallationError,
    NotQuantisedError,
    PackagesMissingError,
    WeightsError,
    reason,
)
from epanns.packages.installation import announcement, install_training, require_training
from epanns.runtimes.huge_pages import ask_for_huge_pages
from epanns.settings import Settings
from epanns.status import ModelPhase, ModelState, NetworkFallback, NoticeContent, PrecisionFallback
from epanns.storage.existence import is_file
from epanns.zoo import catalogue, fetching
from epanns.zoo.catalogue import SHIPPED, WISHES
from epanns.zoo.recommendation import choose

if TYPE_CHECKING:
    from epanns.runtimes.precision import Precision
    from epanns.tagger import AudioTagger

Result = TypeVar("Result")


class ModelLoader:
    """A thread that loads, and where needed fetches, the network the user asked for.

    Attributes:
        state: what it is doing; replaced as a whole, so any thread may read it.
        thread: the thread, to be joined after stop().
    """

    def __init__(
        self,
        settings: Settings,
        ready: Callable[["AudioTagger"], None],
        notice: Callable[[NoticeContent], None],
    ) -> None:
        wanted = "" if settings.model in WISHES else settings.model
        self.state = ModelState(ModelPhase.LOADING, wanted)
        self._settings = settings
        self._ready = ready
        self._notice = notice
        self._stopping = False
        self.thread = threading.Thread(target=self._run, name="model loader", daemon=True)

    def start(self) -> None:
        """Begin to load."""
        self.thread.start()

    def stop(self) -> None:
        """Give up a download that may be running; returns at once."""
        self._stopping = True

    def _run(self) -> None:
        try:
            if self._settings.model in WISHES:
                self._load_meanwhile(WISHES[self._settings.model])
            else:
                self._load_wanted(self._chosen(self._settings.model))
        except fetching.FetchCancelled:
            pass
        except Exception as error:  # of any kind: the state says so
            self.state = replace(
                self.state, phase=ModelPhase.FAILED, reason=reason(error), fetching=""
            )
            self._notice(reason(error))

    def _chosen(self, model: str) -> str:
        """The network that is meant by a word such as best, and why; a name or path as it is."""
        segment, hop = self._settings.segment, self._settings.hop
        choice = self._with_pytorch(model, lambda: choose(model, segment, hop))
        if choice.why:
            self._notice(choice.why)
        return choice.model

    def _load_wanted(self, model: str) -> None:
        if catalogue.is_published(model) and not catalogue.is_here(model):
            if self._settings.offline and catalogue.weights_of(model).fetchable:
                raise WeightsError(
                    f"The weights of {model} are not in {catalogue.path_of(model).parent} and the"
                    " setting offline forbids to fetch them; run once without it."
                )
            self.state = ModelState(ModelPhase.FETCHING, model, fetching=model)
            self._fetch(model)
        self._load(model)

    def _load_meanwhile(self, wanted: str) -> None:
        """The wanted network; until that is here, or if it does not come, the starter model."""
        if catalogue.is_here(wanted):
            try:
                self._load(wanted)
                return
            except WeightsError as error:
                self._stay(wanted, str(error))
        self._load(SHIPPED)
        if self._settings.offline:
            self._stay(wanted, f"{wanted} is not fetched, as the setting offline forbids it.")
            return
        try:
            self._fetch(wanted)
            self._load(wanted)
        except WeightsError as error:
            self._stay(wanted, str(error))

    def _stay(self, wanted: str, why: str) -> None:
        self.state = replace(self.state, fetching="")
        self._notice(NetworkFallback(wanted, SHIPPED, why))

    def _fetch(self, name: str) -> None:
        def progress(share: float) -> None:
            if self._stopping:
                raise fetching.FetchCancelled
            self.state = replace(self.state, fetching=name, progress=share)

        progress(0.0)
        fetching.fetch(name, progress)

    def _load(self, model: str) -> None:
        if self._stopping:
            return
        try:
            tagger = self._open(model, self._settings.precision)
        except NotQuantisedError as error:
            self._notice(PrecisionFallback("fp32", str(error)))
            tagger = self._open(model, "fp32")
        if not self._stopping:
            path = catalogue.path_of(model) if catalogue.is_published(model) else Path(model)
            size = path.stat().st_size if is_file(path) else 0  # the user may have deleted it
            self.state = ModelState(
                ModelPhase.READY,
                tagger.name,
                summary=tagger.title,
                size=size,
                learnt=tagger.network.learnt or 0,
            )
            self._ready(tagger)
            if tagger.remark:
                self._notice(tagger.remark)
            ask_for_huge_pages()

    def _open(self, model: str, precision: "Precision") -> "AudioTagger":
        """A network, ready to run."""
        return self._with_pytorch(model, lambda: self._open_now(model, precision))

    def _with_pytorch(self, model: str, action: Callable[[], Result]) -> Result:
        """What an action gives, after PyTorch has been installed where that is needed first."""
        try:
            return action()
        except PackagesMissingError as error:
            if self._settings.offline:
                raise WeightsError(
                    f"{model} is not converted yet, and the setting offline forbids to fetch"
                    f" PyTorch, which does it. {error}"
                ) from None
        self._install()
        return action()

    def _open_now(self, model: str, precision: "Precision") -> "AudioTagger":
        settings = self._settings
        if settings.runtime == "torch":
            require_training()
            import torch  # takes a second

            torch.set_num_threads(settings.threads)
        from epanns.tagger import AudioTagger

        return AudioTagger(
            model, settings.activation, settings.runtime, precision, settings.threads
        )

    def _install(self) -> None:
        def progress(share: float) -> None:
            if self._stopping:
                raise fetching.FetchCancelled
            phase = ModelPhase.FETCHING if before.phase is ModelPhase.LOADING else before.phase
            self.state = replace(before, phase=phase, fetching="PyTorch", progress=share)

        before = replace(self.state, fetching="")
        self._notice(announcement())
        try:
            install_training(progress)
        except InstallationError as error:
            raise WeightsError(str(error)) from None
        finally:
            self.state = before
