"""A recording of a source whose samples count, so that each of them is known."""

from dataclasses import dataclass, field
from pathlib import Path

from epanns.sessions.reader import Session
from epanns.sessions.recorder import Recorder
from epanns.settings import Settings
from epanns.status import NoticeContent
from tests.support.counting import CountingSource
from tests.support.waiting import wait_until


@dataclass
class CountedRecording:
    """A recorder on a counting source, and what it said."""

    path: Path
    source: CountingSource = field(default_factory=CountingSource)
    said: list[NoticeContent] = field(default_factory=list)

    def begin(self) -> Recorder:
        settings = Settings().model_dump_json()
        self.recorder = Recorder(self.source, "microphone", self.path, settings, self.said.append)
        self.recorder.start()
        return self.recorder

    def look(self) -> None:
        """Wait until the recorder has taken over all that there is."""
        heard = self.source.ring.position
        wait_until(lambda: self.recorder._next == heard)

    def end(self) -> Session:
        self.recorder.stop("stopped")
        self.recorder.thread.join()
        return Session(self.path)
