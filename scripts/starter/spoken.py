"""Whether Speech comes first where a person speaks.

The sentences are spoken by espeak-ng in voices that the starter model was not trained on; each
voice is a language with a variant of its sound.
"""

import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epanns.audio.level import rms_dbfs
from epanns.audio.read import read_waveform
from epanns.evaluation.clip_scores import all_seconds, loudest_second
from epanns.vocabulary.audioset import AUDIOSET

Floats = NDArray[np.float32]

SPEECH = AUDIOSET.index("Speech")
AUDIBLE = 20.0  # dB below a clip's loudest second, above which a segment of it contains its sound
SENTENCES = {
    "en-gb-scotland+m7": (
        "Good morning, could you tell me the way to the station, please?",
        "The weather was fine this morning, but now there are dark clouds over the hills.",
        "I am speaking to a small computer, and it seems to listen to what I say.",
        "Seven hundred and twenty three plus nineteen is more than I can add up.",
        "Please close the door behind you when you leave the laboratory.",
        "My grandmother used to read us a story every evening before we went to bed.",
    ),
    "de+f5": (
        "Guten Morgen, können Sie mir bitte sagen, wie ich zum Bahnhof komme?",
        "Heute früh war das Wetter schön, aber jetzt ziehen dunkle Wolken auf.",
        "Ich spreche mit einem kleinen Rechner, und er scheint mir zuzuhören.",
        "Der Zug nach Hamburg fährt heute von Gleis sieben ab.",
        "Bitte machen Sie die Tür zu, wenn Sie das Labor verlassen.",
        "Meine Großmutter hat uns jeden Abend eine Geschichte vorgelesen.",
    ),
    "fr+m8": (
        "Bonjour, pourriez-vous me dire comment aller à la gare, s'il vous plaît ?",
        "Ce matin il faisait beau, mais maintenant le ciel est couvert de nuages.",
        "Je parle à un petit ordinateur, et il a l'air de m'écouter.",
        "Le train pour Lyon part de la voie numéro sept dans dix minutes.",
        "Fermez la porte derrière vous quand vous quittez le laboratoire.",
        "Ma grand-mère nous lisait une histoire tous les soirs avant de dormir.",
    ),
    "pt-br+f4": (
        "Bom dia, você pode me dizer como chegar à estação, por favor?",
        "Hoje de manhã o tempo estava bom, mas agora o céu está cheio de nuvens.",
        "Estou falando com um pequeno computador, e ele parece me escutar.",
        "O ônibus para o centro sai da plataforma sete em dez minutos.",
        "Por favor, feche a porta quando sair do laboratório.",
        "Minha avó lia uma história para nós todas as noites antes de dormir.",
    ),
    "fi+m6": (
        "Hyvää huomenta, voisitteko kertoa, miten pääsen rautatieasemalle?",
        "Aamulla oli kaunis ilma, mutta nyt taivaalla on tummia pilviä.",
        "Puhun pienelle tietokoneelle, ja se näyttää kuuntelevan minua.",
        "Juna Tampereelle lähtee raiteelta seitsemän kymmenen minuutin kuluttua.",
        "Sulkekaa ovi, kun lähdette laboratoriosta.",
        "Isoäiti luki meille joka ilta tarinan ennen nukkumaanmenoa.",
    ),
}  # fmt: skip


def sentences() -> Iterator[tuple[str, Floats]]:
    """Each voice with each of its sentences, float32 (samples,) at 32 kHz.

    Raises:
        FileNotFoundError: espeak-ng is not installed.
        subprocess.CalledProcessError: it does not know a voice.
    """
    with tempfile.TemporaryDirectory(prefix="spoken-") as folder:
        path = Path(folder) / "sentence.wav"
        for voice, texts in SENTENCES.items():
            for text in texts:
                command = ["espeak-ng", "-v", voice, "-w", str(path), "--", text]
                subprocess.run(command, check=True, capture_output=True)
                yield voice, read_waveform(path)


def speech_first(
    scorer: Callable[[Floats], Floats], recordings: Iterable[tuple[str, Floats]]
) -> dict[str, Any]:
    """How often Speech is the first class of the seconds that contain speech.

    Args:
        scorer: float32 (batch, samples) at 32 kHz -> (batch, 527) in AudioSet's order.
        recordings: a speaker and a recording each, float32 (samples,) at 32 kHz.

    Returns:
        The seconds and the share with Speech first, of `all` and of `each` speaker, and which
        classes are `first_instead` how often.
    """
    firsts: dict[str, list[int]] = defaultdict(list)
    for speaker, waveform in recordings:
        firsts[speaker] += audible_seconds_first(scorer, waveform)
    everything = [first for those in firsts.values() for first in those]
    others = Counter(AUDIOSET.names[first] for first in everything if first != SPEECH)
    return {
        "all": _share(everything),
        "each": {speaker: _share(those) for speaker, those in sorted(firsts.items())},
        "first_instead": dict(others.most_common(5)),
    }


def audible_seconds_first(scorer: Callable[[Floats], Floats], waveform: Floats) -> list[int]:
    """The first class of each second of a waveform in which its sound is audible.

    That is, at a level within 20 dB of the loudest second's; of a shorter waveform, the one second
    that begins with it.

    Args:
        scorer: float32 (batch, samples) at 32 kHz -> (batch, classes).
        waveform: float32 (samples,) at 32 kHz.

    Returns:
        The index of the highest score of each such second.
    """
    floor = rms_dbfs(loudest_second(waveform)) - AUDIBLE
    seconds = [each for each in all_seconds(waveform) if rms_dbfs(each) >= floor]
    return [int(first) for first in scorer(np.stack(seconds)).argmax(axis=1)]


def _share(firsts: Sequence[int]) -> dict[str, Any]:
    first = sum(each == SPEECH for each in firsts)
    return {"segments": len(firsts), "speech_first": first / len(firsts) if firsts else None}
