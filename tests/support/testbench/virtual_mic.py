"""A virtual microphone: programs under test hear a sound file through real audio.

A private PulseAudio server plays into a null sink; the sink's monitor is offered
as the default microphone. A program started with `mic.env` meets it through
PyAudio -> PortAudio -> ALSA -> PulseAudio, in real time, as on a desktop.
No sound card, no root and no running desktop session are needed, and the
user's own sound server is never touched.

    with VirtualMicrophone() as mic:
        program = subprocess.Popen([...], env=mic.env)
        mic.wait_for_listener()
        mic.play("speech.wav")
"""

import array
import os
import struct
import subprocess
import time
from pathlib import Path

from tests.support.testbench.children import ScratchFolder, TestbenchError, require, start, stop

SINK = "room"  # what is played here ...
SOURCE = "virtual_microphone"  # ... is heard here


class VirtualMicrophone:
    """Context manager. `env` is the environment for the program under test.

    rate, channels -- of the microphone itself; programs may open it at any rate,
        PulseAudio converts.
    stock_alsa -- leave the system's ALSA configuration in force instead of a
        minimal one. The device works the same, and the program meets the flood of
        ALSA messages on stderr that users meet.
    """

    def __init__(self, rate=48000, channels=1, stock_alsa=False):
        self.rate = rate
        self.channels = channels
        self.stock_alsa = stock_alsa
        self.env = None
        self._scratch = None
        self._daemon = None
        self._module = None  # index of the null sink's module; None: unplugged
        self._players = []
        self._arrays = 0

    # -- life cycle ----------------------------------------------------------

    def __enter__(self):
        require("pulseaudio", "pactl", "paplay", "ffmpeg")
        self._scratch = ScratchFolder("virtual-mic-")
        try:
            self._write_configuration()
            self.start_server()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End everything this microphone started. May be called twice."""
        self.stop()
        if self._daemon:
            stop(self._daemon)
            self._daemon = None
        if self._scratch:
            self._scratch.remove()
            self._scratch = None

    def _write_configuration(self):
        folder = self._scratch.path
        server = f"unix:{folder}/native"
        # Never start the user's own server, never write into the user's home.
        (folder / "client.conf").write_text(
            f"default-server = {server}\nautospawn = no\nenable-shm = no\n"
            f"cookie-file = {folder}/cookie\n"
        )
        alsa = ""
        for name, device in (("!default", ""), ("pulse", ""), (SOURCE, SOURCE)):
            pulse = f'type pulse server "{server}"' + (f' device "{device}"' if device else "")
            # Without a hint PortAudio does not list the device.
            alsa += f'pcm.{name} {{ {pulse} hint {{ show on description "{name}" }} }}\n'
            alsa += f"ctl.{name} {{ {pulse} }}\n"
        (folder / "asound.conf").write_text(alsa)

        env = dict(os.environ)
        for name in ("PULSE_SINK", "PULSE_SOURCE", "PULSE_LATENCY_MSEC", "ALSA_CONFIG_PATH"):
            env.pop(name, None)
        env.update(
            PULSE_SERVER=server,
            PULSE_CLIENTCONFIG=f"{folder}/client.conf",
            PULSE_COOKIE=f"{folder}/cookie",
            PULSE_RUNTIME_PATH=f"{folder}",
            JACK_NO_START_SERVER="1",
        )
        if not self.stock_alsa:
            env["ALSA_CONFIG_PATH"] = f"{folder}/asound.conf"
        self.env = env

    # -- the sound server and the plug: the faults that users meet -------------

    def start_server(self):
        """Start the sound server (again, after `kill_server`) and plug in."""
        folder = self._scratch.path
        env = dict(
            self.env,
            HOME=f"{folder}",
            XDG_RUNTIME_DIR=f"{folder}",
            PULSE_STATE_PATH=f"{folder}/state",
            PULSE_CONFIG=os.devnull,  # not the system's daemon.conf
            DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent",  # stay off the desktop's bus
        )
        env.pop("DISPLAY", None)
        with open(folder / "server.log", "ab") as log:
            self._daemon = start(
                [
                    "pulseaudio", "-n", "--system=no", "--daemonize=no",
                    "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
                    "--realtime=no", "--high-priority=no", "--log-target=stderr",
                    "--load=module-native-protocol-unix auth-anonymous=1"
                    f" auth-cookie-enabled=0 socket={folder}/native",
                ],
                dies_with_us=True, env=env, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 10
        while self._pactl("info").returncode:
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                log = (folder / "server.log").read_text(errors="replace")
                raise TestbenchError(f"the sound server does not start:\n{log}")
            time.sleep(0.02)
        self.plug()

    def kill_server(self):
        """The sound server crashes. `start_server` brings it back."""
        self.stop()
        self._daemon.kill()
        self._daemon.wait()
        self._module = None

    def plug(self):
        """Plug the microphone in and make it the default; silent until `play`."""
        if self._module is not None:
            return
        # norewinds: blocks of 50 ms, not 2 s, so a program that opens the
        # microphone gets sound at once and not up to two seconds later.
        self._module = self.pactl(
            "load-module", "module-null-sink", f"sink_name={SINK}", "norewinds=yes",
            "format=float32le", f"rate={self.rate}", f"channels={self.channels}",
            "sink_properties=device.description=Room",
        ).strip()  # fmt: skip
        self.pactl(
            "load-module", "module-remap-source", f"master={SINK}.monitor",
            f"source_name={SOURCE}", "remix=no",
            "source_properties=device.description=VirtualMicrophone",
        )  # fmt: skip
        self.pactl("set-default-source", SOURCE)

    def unplug(self):
        """Pull the microphone out, under a program that listens as well.

        The sink goes too: PulseAudio would move the listeners to its monitor
        otherwise, and they would go on hearing. Playback therefore ends.
        """
        self.stop()
        if self._module is not None:
            self.pactl("unload-module", self._module)
            self._module = None

    def mute(self):
        """The microphone delivers exact zeros."""
        self.pactl("set-source-mute", SOURCE, "1")

    def unmute(self):
        self.pactl("set-source-mute", SOURCE, "0")

    def freeze(self):
        """The microphone stays connected but delivers nothing (a suspended device)."""
        self.pactl("suspend-source", SOURCE, "1")
        self.pactl("suspend-sink", SINK, "1")

    def thaw(self):
        self.pactl("suspend-sink", SINK, "0")
        self.pactl("suspend-source", SOURCE, "0")

    # -- sound ---------------------------------------------------------------

    def play(self, path, loop=False):
        """Start playing a sound file; return at once. Sounds played together mix.

        One pass: any format libsndfile reads. loop: any format ffmpeg reads,
        repeated without a gap until `stop`.
        """
        if self._module is None:
            raise TestbenchError("cannot play: the microphone is unplugged")
        if not Path(path).is_file():
            raise TestbenchError(f"cannot play {path}: no such file")
        errors = open(self._scratch.path / "player.log", "ab")
        with errors:
            if not loop:
                player = start(
                    ["paplay", "--device", SINK, "--latency-msec=50", str(path)],
                    env=self.env, stderr=errors,
                )  # fmt: skip
                self._players.append(player)
                return
            # As a stream in AU format, which needs no length and keeps the file's own
            # rate and channels: PulseAudio converts, exactly as in a single pass.
            decoder = start(
                [
                    "ffmpeg", "-nostdin", "-loglevel", "error", "-stream_loop", "-1",
                    "-i", str(path), "-c:a", "pcm_f32be", "-f", "au", "pipe:1",
                ],
                env=self.env, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
            player = start(
                ["paplay", "--device", SINK, "--latency-msec=50", "--file-format=au"],
                env=self.env, stdin=decoder.stdout, stderr=errors,
            )  # fmt: skip
            decoder.stdout.close()
            self._players += [player, decoder]

    def play_array(self, samples, rate=None, loop=False):
        """Play numbers in -1..1: a flat sequence, or an array (frames, channels)."""
        shape = getattr(samples, "shape", (len(samples),))
        channels = shape[1] if len(shape) > 1 else 1
        if hasattr(samples, "astype"):  # numpy, without needing it
            data = samples.astype("<f4").tobytes()
        else:
            data = array.array("f", samples).tobytes()
        rate = rate or self.rate
        self._arrays += 1
        path = self._scratch.path / f"array-{self._arrays}.wav"
        path.write_bytes(_float_wav_header(len(data), rate, channels) + data)
        self.play(path, loop)

    @property
    def playing(self):
        return any(player.poll() is None for player in self._players)

    def wait(self, timeout=None):
        """Wait until everything played has ended; return False on timeout."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.playing:
            if deadline is not None and time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        self.check_played()
        return True

    def check_played(self):
        """Raise TestbenchError when a player gave up, as on a file it cannot read."""
        if any(player.poll() for player in self._players):
            log = (self._scratch.path / "player.log").read_text(errors="replace").strip()
            raise TestbenchError(f"playing failed: {log}")

    def stop(self):
        """Stop playing: the microphone hears silence."""
        for player in self._players:
            stop(player)
        self._players = []

    def listeners(self):
        """How many streams record from the microphone now."""
        listing = self.pactl("list", "short", "sources").splitlines()
        number = next((line.split()[0] for line in listing if line.split()[1] == SOURCE), None)
        outputs = self.pactl("list", "short", "source-outputs").splitlines()
        return sum(line.split()[1] == number for line in outputs)

    def wait_for_listener(self, timeout=30, process=None):
        """Wait until a program records from the microphone. False: it never did.

        process -- give up when this process has ended.
        """
        deadline = time.monotonic() + timeout
        while not self.listeners():
            ended = process is not None and process.poll() is not None
            if ended or time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    # -- control -------------------------------------------------------------

    def pactl(self, *arguments):
        """Run pactl on the private server; return what it prints."""
        result = self._pactl(*arguments)
        if result.returncode:
            raise TestbenchError(f"pactl {' '.join(arguments)}: {result.stderr.strip()}")
        return result.stdout

    def _pactl(self, *arguments):
        return subprocess.run(
            ["pactl", *arguments], env=dict(self.env, LC_ALL="C"),
            capture_output=True, text=True, timeout=20,
        )  # fmt: skip


def _float_wav_header(data_bytes, rate, channels):
    ieee_float = 3
    fmt = struct.pack("<HHIIHH", ieee_float, channels, rate, rate * channels * 4, channels * 4, 32)
    fact = struct.pack("<I", data_bytes // (4 * channels))
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<I", 4) + fact
    chunks += b"data" + struct.pack("<I", data_bytes)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + data_bytes) + b"WAVE" + chunks
