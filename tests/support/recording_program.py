"""A recorder on a counting source that runs like a microphone, as a program that can be killed.

    python recording_program.py FILE SECONDS [BYTES]

Writes `heard N` for each 50 ms of sound (N samples so far), `TELL sentence` for what the recorder
says, and `over` when the recording has ended by itself, after which it goes on for a second. BYTES
is the largest size a file may have (RLIMIT_FSIZE).
"""

import sys
import time
from pathlib import Path

from epanns.prediction import NetworkInfo
from epanns.sessions.recorder import Recorder
from epanns.settings import Settings
from epanns.views.status_text import notice
from tests.support.counting import CountingSource, prediction

BLOCK = 1600  # samples, 50 ms
FIRST = 48000  # samples that were heard before the recording began


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")  # at once: another thread writes, too
    sys.stdout.flush()


def main(path: str, seconds: str, limit: str = "") -> None:
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    source = CountingSource()
    source.hear(FIRST)
    recorder = Recorder(
        source,
        "microphone",
        Path(path),
        Settings().model_dump_json(),
        lambda content: say(f"TELL {notice(content)}"),
    )
    recorder.start()
    network = NetworkInfo("starter", "a network")
    began, over = time.monotonic(), False
    for block in range(1, round(float(seconds) * 20) + 1):
        time.sleep(max(began + 0.05 * block - time.monotonic(), 0))
        position = source.hear(BLOCK)
        say(f"heard {position - FIRST}")
        if block % 2 == 0:
            recorder.add(prediction(position, network=network))
        if recorder.state is None and not over:
            over = True
            say("over")
    recorder.stop("stopped")
    recorder.thread.join()
    say("end")


main(*sys.argv[1:])
