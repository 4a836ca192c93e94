"""Networks at work: loaded, or fetched, in the background, then scoring what is heard."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from epanns.audio.source import Source
from epanns.live.model_loader import ModelLoader
from epanns.live.worker import Worker
from epanns.prediction import Prediction
from epanns.runtimes.energy import EnergyMeter
from epanns.settings import Settings
from epanns.status import ComparisonState, ModelPhase, ModelState, NoticeContent, Pace

if TYPE_CHECKING:
    from epanns.tagger import AudioTagger


class ModelRunner:
    """Runs one network on the current source, and measures what that costs.

    Attributes:
        latest: the newest Prediction; None until there is one, and after each change of the source.
    """

    def __init__(
        self,
        settings: Settings,
        meter: EnergyMeter,
        publish: Callable[[Prediction], None] = lambda _: None,
        ready: "Callable[[AudioTagger], None]" = lambda _: None,
        notice: Callable[[NoticeContent], None] = lambda _: None,
        *,
        gives_way: bool = False,
    ) -> None:
        """Build everything and start nothing.

        Args:
            settings: which network, and how it runs.
            meter: measures the energy of the updates of all networks.
            publish: called with each Prediction, on the worker's thread; must not block.
            ready: called with each network that scores from then on, on the loader's thread.
            notice: called with what the user should know, on any thread.
            gives_way: whether other threads come first where there is too much to do.
        """
        self.latest: Prediction | None = None
        self._publish, self._ready = publish, ready
        self._live = Worker(settings.segment, settings.hop, self._take, meter, gives_way)
        self._loader = ModelLoader(settings, self._use, notice)

    def follow(self, source: Source | None) -> bool:
        """Score this source from now on, None for none; the first call loads the network.

        Returns:
            Whether it is another source than before.
        """
        changed = self._live.source is not source
        if changed:
            self._live.source = source
            self.latest = None
        if source is not None and self._loader.thread.ident is None:
            self._live.start()
            self._loader.start()
        return changed

    def stop(self) -> None:
        """Let the threads end; returns at once. There is no way back."""
        self._loader.stop()
        self._live.stop()

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """What is to be joined after stop()."""
        return self._live.thread, self._loader.thread

    @property
    def loaded(self) -> bool:
        """Whether there is a network to score with."""
        return self._live.tagger is not None

    @property
    def done(self) -> bool:
        """Whether the source has ended and all of it has been scored."""
        return self._live.done

    @property
    def skipped(self) -> int:
        """Segments left out so far because the machine was too slow."""
        return self._live.skipped

    @property
    def failure(self) -> str:
        """Why the network could not score, as one sentence; "" if all is well."""
        return self._live.failure

    @property
    def model(self) -> ModelState:
        """The network and where it stands."""
        if self._live.failure:
            return replace(self._loader.state, phase=ModelPhase.FAILED, reason=self._live.failure)
        return self._loader.state

    def pace(self) -> Pace:
        """How often it scores, and what that takes, over the last seconds."""
        return self._live.pace()

    def _use(self, tagger: "AudioTagger") -> None:
        """A network is ready, on the loader's thread."""
        self._live.failure = ""
        self._live.tagger = tagger
        self._ready(tagger)

    def _take(self, prediction: Prediction) -> None:
        self.latest = prediction
        self._publish(prediction)


class ComparisonRunner(ModelRunner):
    """Another network on the same sound: it gives way to the first; its state has its notices.

    Attributes:
        wanted: a name from the zoo or the path of a weights file.
    """

    def __init__(self, settings: Settings, wanted: str, meter: EnergyMeter) -> None:
        """Build everything and start nothing.

        Args:
            settings: those of the first.
            wanted: see the attribute.
            meter: the one of the first.
        """
        self.wanted = wanted
        self._remark: NoticeContent | None = None
        chosen = settings.model_copy(update={"model": wanted})
        super().__init__(chosen, meter, notice=self._note, gives_way=True)

    def state(self, scores: bool) -> ComparisonState:
        """Where it stands.

        Args:
            scores: whether what is played now is scored anew.
        """
        return ComparisonState(self.model, scores, self.pace(), self.skipped, self._remark)

    def _note(self, content: NoticeContent) -> None:
        self._remark = content
