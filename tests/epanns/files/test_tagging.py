"""Tags of a recording: what they are computed from, and what is said of files that are broken."""

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
import soundfile

from epanns import AudioTagger
from epanns.audio.read import read_waveform
from epanns.evaluation.clip_scores import CUTS, _score
from epanns.evaluation.scorers import Scorer
from epanns.files.segments import SegmentScores
from epanns.files.tagging import RecordingTags, ScoringPlan
from epanns.files.task import RecordingFailure, RecordingPart, run_task
from epanns.frontend.parameters import SAMPLE_RATE
from epanns.paths import SAMPLE
from tests.support.own_network import write_own_network

RATE = 16000
PLAN = ScoringPlan(scores=True, embeddings=True)


@pytest.fixture(scope="module")
def tagger() -> AudioTagger:
    return AudioTagger("starter")


def noise(path: Path, seconds: float) -> Path:
    samples = np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE))
    soundfile.write(path, samples, RATE)
    return path


def tags_of(
    path: Path, tagger: AudioTagger, plan: ScoringPlan = PLAN
) -> tuple[list[RecordingPart], RecordingTags]:
    parts: list[RecordingPart] = []
    *others, tags = plan.run(path, tagger)
    for part in others:
        assert isinstance(part, RecordingPart)
        parts.append(part)
    assert isinstance(tags, RecordingTags)
    return parts, tags


def kept(part: RecordingPart) -> SegmentScores:
    assert part.scores is not None
    return part.scores


def test_mean_and_maximum_are_those_of_the_segments(tagger: AudioTagger) -> None:
    parts, tags = tags_of(SAMPLE, tagger)
    scores = np.concatenate([kept(part).scores for part in parts])
    assert len(scores) == tags.segments > 50
    np.testing.assert_allclose(tags.mean, scores.mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(tags.max, scores.max(axis=0))
    np.testing.assert_array_equal(tags.scores, (tags.mean + tags.max) / 2)
    assert tags.mean.dtype == tags.max.dtype == tags.scores.dtype == np.float32
    assert not tags.warnings
    assert tags.seconds == soundfile.info(SAMPLE).duration
    assert tags.level == pytest.approx(20 * np.log10(np.std(read_waveform(SAMPLE))), abs=0.01)


def test_a_recording_has_the_score_that_evaluate_gives_it(
    tagger: AudioTagger, tmp_path: Path
) -> None:
    path = noise(tmp_path / "a.wav", 5.0)
    scorer = Scorer("starter", tagger.scores)
    _, tags = tags_of(path, tagger)
    waveform = read_waveform(path)
    np.testing.assert_allclose(tags.scores, _score(scorer, CUTS["whole"](waveform)), atol=1e-6)
    assert tags.at_once is not None
    np.testing.assert_array_equal(tags.at_once, _score(scorer, CUTS["at-once"](waveform)))


@pytest.mark.parametrize(("seconds", "at_once"), [(0.2, True), (30.0, True), (30.1, False)])
def test_up_to_half_a_minute_is_scored_at_once_too(
    seconds: float, at_once: bool, tagger: AudioTagger, tmp_path: Path
) -> None:
    path = noise(tmp_path / "a.wav", seconds)
    _, tags = tags_of(path, tagger)
    assert (tags.at_once is not None) == at_once
    assert tags_of(path, tagger, ScoringPlan(tags=False))[1].at_once is None
    if seconds < 1:
        np.testing.assert_array_equal(tags.at_once, tags.mean)
        padded = np.zeros(SAMPLE_RATE, np.float32)
        waveform = read_waveform(path)
        padded[: len(waveform)] = waveform
        np.testing.assert_array_equal(tags.at_once, tagger.scores(padded[None])[0])


def test_parts_say_how_far_it_is(tagger: AudioTagger) -> None:
    parts, tags = tags_of(SAMPLE, tagger)
    assert [part.seconds for part in parts[:2]] == [8.0, 16.0]
    assert parts[-1].seconds == pytest.approx(tags.seconds, abs=0.5)
    assert all(part.share == part.seconds / tags.seconds for part in parts)


def test_parts_hold_what_the_plan_keeps(tagger: AudioTagger, tmp_path: Path) -> None:
    path = noise(tmp_path / "a.wav", 3.0)
    (part,), _ = tags_of(path, tagger, ScoringPlan(segment=16000, hop=8000, embeddings=True))
    scores = kept(part)
    assert (scores.first, scores.hop) == (0, 8000)
    assert scores.scores.shape == (11, 0) and scores.embeddings.shape[0] == 11
    assert scores.levels.shape == (11,)
    (part,), _ = tags_of(path, tagger, ScoringPlan(scores=True))
    assert kept(part).embeddings.shape == (3, 0) and kept(part).scores.shape == (3, 527)
    (part,), _ = tags_of(path, tagger, ScoringPlan())
    assert part.scores is None


def test_what_was_scored_before_does_not_matter(tagger: AudioTagger, tmp_path: Path) -> None:
    path = noise(tmp_path / "a.wav", 4.4)
    first = tags_of(path, tagger)[1]
    tagger.tag(np.zeros(32000, np.float32), start=0)
    list(PLAN.run(SAMPLE, tagger))
    again = tags_of(path, AudioTagger("starter"))[1]
    np.testing.assert_equal(astuple(again), astuple(first))


def test_a_file_that_cannot_be_read_gives_the_reason(tagger: AudioTagger, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"no sound")
    (failure,) = run_task(PLAN, path, tagger)
    assert isinstance(failure, RecordingFailure)
    assert str(path) in failure.error and "no sound file" in failure.error


def test_a_decoder_that_stumbles_costs_one_file(
    tagger: AudioTagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("epanns.audio.read.Conditioner.push", stumble)
    path = noise(tmp_path / "a.wav", 1.0)
    (failure,) = run_task(PLAN, path, tagger)
    assert isinstance(failure, RecordingFailure)
    assert failure.error.startswith(f"{path}: ") and "ZeroDivisionError: by zero" in failure.error


def test_every_odd_file_gives_tags(tagger: AudioTagger, shared: Path) -> None:
    for path in sorted((shared / "audio/odd").iterdir()):
        _, tags = tags_of(path, tagger)
        assert not tags.warnings, (path, tags.warnings)
        assert tags.scores.max() > 0


# What is merely unusual needs no warning, what can be read in part gets one.
WHOLE = {"all_zero.wav"}
IN_PART = {
    "bad_bits.wav": "damaged header",
    "cut_late.ogg": "cut off",
    "damaged_late.ogg": "damaged",
    "data_cut.wav": "cut off: 1.0 s of sound are promised, 0.5 s",
    "huge_length.wav": "cut off",
    "inf_float.wav": "no numbers",
    "nan_float.wav": "no numbers",
}


def test_every_broken_file_gives_a_reason_or_a_warning(tagger: AudioTagger, shared: Path) -> None:
    for path in sorted((shared / "audio/broken").iterdir()):
        *_, message = run_task(PLAN, path, tagger)
        failed = isinstance(message, RecordingFailure)
        if isinstance(message, RecordingFailure):
            sentences = [message.error]
        else:
            assert isinstance(message, RecordingTags)
            sentences = list(message.warnings)
        assert all(each.startswith(str(path)) and "\n" not in each for each in sentences)
        assert failed == (path.name not in WHOLE | set(IN_PART)), path.name
        assert len(sentences) == (path.name not in WHOLE), (path.name, sentences)
        assert IN_PART.get(path.name, "") in "".join(sentences)


def test_a_network_of_ones_own_has_a_score_for_each_of_its_classes(tmp_path: Path) -> None:
    tagger = AudioTagger(write_own_network(tmp_path / "birds.pth", converted=True))
    path = noise(tmp_path / "a.wav", 2.0)
    (part,), tags = tags_of(path, tagger)
    assert kept(part).scores.shape == (2, 3)
    assert tags.mean.shape == tags.max.shape == tags.scores.shape == (3,)
    assert tags.at_once is not None
    np.testing.assert_array_equal(tags.at_once, tagger.scores(read_waveform(path)[None])[0])
