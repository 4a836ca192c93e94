"""What is heard as plain lines, for screen readers and logs: one only when something changes.

A class counts as heard while its score is near that of the best one, so that a line names what a
person would name, and small changes of small scores give no line.
"""

import time
from collections.abc import Callable, Iterator

from epanns.console import tell
from epanns.formatting import whole_per_cent
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.prediction import Prediction
from epanns.status import NetworkInUse, NoticeContent, Status
from epanns.views import status_text
from epanns.views.ranking import RankedClass, Ranking

FRAME_SECONDS = 0.1
LINE_EVERY = 1.0  # seconds from one line to the next, at least
COMES = 0.5  # share of the best score from which a class is heard ...
STAYS = 0.25  # ... and down to which it stays
SETTLED = 0.3  # seconds of sound that something is heard or gone before it is said
FORGET = 30.0  # seconds after which a remark that comes back is said again


class PlainTextView:
    """A line about the state, or else about what is heard, whenever it has changed."""

    frame_seconds = FRAME_SECONDS

    def __init__(
        self,
        ranking: Ranking,
        hop: float,
        write: Callable[[str], None],
        every: float = LINE_EVERY,
        softmax: bool = False,
    ) -> None:
        """Say nothing yet.

        Args:
            ranking: gives the classes with the highest scores.
            hop: seconds from one Prediction to the next.
            write: writes a line.
            every: seconds from one line to the next, at least.
            softmax: whether the classes compete.
        """
        self._write, self._every, self._softmax = write, every, softmax
        self._ranking = ranking
        self._settles = round(SETTLED * SAMPLE_RATE) if hop < SETTLED else 0
        self._heard: tuple[RankedClass, ...] = ()
        self._since = self._end = 0  # samples: when that began to be heard, and the newest
        self._said: set[int] | None = None  # the classes of the last line; None for no such line
        self._headline = ""
        self._remarks: dict[str, float] = {}  # when each was last there to be said
        self._told: set[str] = set()  # sentences that need not be said again
        self._next = time.monotonic()

    def tell(self, content: NoticeContent) -> None:
        """Say what happened, but for the network in use, which is no line; on any thread."""
        if not isinstance(content, NetworkInUse):
            self._told.update(status_text.said_by(content))
            tell(status_text.notice(content))

    def add(self, prediction: Prediction) -> None:
        """Take in what is heard."""
        before = {row.index for row in self._heard}
        self._heard = tuple(self._near_the_best(self._ranking.update(prediction)))
        self._end = prediction.end
        if {row.index for row in self._heard} != before or self._end < self._since:
            self._since = self._end

    def draw(self, status: Status) -> None:
        """Write a line, if there is something new and it is time."""
        if not status.hears:
            self._ranking.clear()
            self._heard, self._said = (), None
            self._since = self._end = 0
        if time.monotonic() < self._next:
            return
        line = " ".join(self._news(status)) or self._change(status)
        if line:
            self._write(line.replace("\N{NO-BREAK SPACE}", " "))
            self._next = time.monotonic() + self._every

    def _near_the_best(self, rows: tuple[RankedClass, ...]) -> Iterator[RankedClass]:
        best = max((row.score for row in rows), default=0.0)
        for row in sorted(rows, key=lambda row: -row.score):
            share = STAYS if row.index in (self._said or ()) else COMES
            threshold = self._ranking.selection.thresholds[row.index]
            if row.score >= max(share * best, threshold):
                yield row

    def _news(self, status: Status) -> Iterator[str]:
        """The state, if it is another one, and the remarks that were not there before."""
        headline = status_text.headline(status).text
        if headline != self._headline:
            self._headline = headline
            yield headline if headline.endswith(("…", "?")) else f"{headline}."
        for remark in self._all_remarks(status):
            told = remark in self._told
            if not told and time.monotonic() - self._remarks.get(remark, -FORGET) >= FORGET:
                yield remark
            self._remarks[remark] = time.monotonic()

    def _all_remarks(self, status: Status) -> Iterator[str]:
        if status.model.fetching:  # without the share that is done: that changes all the time
            yield f"Fetching {status.model.fetching}."
        elif status.model.name:
            yield f"{status_text.model(status.model).removesuffix(' …')}."
        if status.hears and status.source.name:
            yield f"The sound comes from: {status.source.name}."
        showing = status_text.showing(self._ranking.selection, self._softmax)
        yield from status_text.remarks(status, more=showing)

    def _change(self, status: Status) -> str:
        """What is heard, if it is something else than in the last line of the kind."""
        classes = {row.index for row in self._heard}
        settled = self._end - self._since >= self._settles
        if not (self._end and status.hears and settled) or classes == self._said:
            return ""
        self._said = classes
        if not classes:
            return f"{status_text.nothing_heard(self._ranking.selection.threshold).capitalize()}."
        return ", ".join(f"{row.name} {whole_per_cent(row.score)}" for row in self._heard)
