"""scripts/starter/calibration: lines that bring scores near to how often they are right."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from epanns.vocabulary.audioset import AUDIOSET
from starter.calibration import Line, fit, fold, reliability, soft_targets, undecided
from tests.support.golden import standin

CLASSES = 5


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))


def world(
    segments: int, scale: float = 1.0, shift: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Logits (segments, 5), and what is to be heard where the right logits are a line of them."""
    rng = np.random.default_rng(3)
    logits = rng.normal(-2, 2, (segments, CLASSES))
    return logits, rng.random(logits.shape) < sigmoid(scale * logits + shift)


# --- fit


def test_the_line_is_found() -> None:
    line = fit(*world(20_000, scale=1.4, shift=-0.8))
    assert line.scale == pytest.approx(1.4, abs=0.06)
    assert line.shift == pytest.approx(-0.8, abs=0.1)


def test_order_is_kept_even_where_labels_are_against_it() -> None:
    logits, heard = world(2_000)
    line = fit(logits, ~heard)
    assert line.scale > 0
    assert (np.argsort(line(logits), axis=None) == np.argsort(logits, axis=None)).all()


def test_soft_targets_count_in_part() -> None:
    logits, _ = world(4_000)
    line = fit(logits, sigmoid(0.9 * logits + 0.1))
    assert line.scale == pytest.approx(0.9, abs=0.01)
    assert line.shift == pytest.approx(0.1, abs=0.02)


def test_calibration_lowers_the_calibration_error_of_other_segments() -> None:
    logits, heard = world(6_000, scale=0.5, shift=-1.0)
    line = fit(logits[:3000], heard[:3000])
    before = reliability(sigmoid(logits[3000:]), heard[3000:])["calibration_error"]
    after = reliability(sigmoid(line(logits[3000:])), heard[3000:])["calibration_error"]
    assert after < 0.03 < 0.1 < before


def test_shapes_that_do_not_fit_and_targets_without_positives_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 5\) and \(3, 4\)"):
        fit(np.zeros((3, 5)), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="no positives"):
        fit(np.zeros((3, 5)), np.zeros((3, 5)))


# --- fold


def test_a_folded_network_gives_the_calibrated_logits() -> None:
    network = standin.build()
    waveforms = torch.from_numpy(
        np.random.default_rng(1).normal(0, 0.1, (2, 32000)).astype(np.float32)
    )
    line = Line(1.3, -0.7)
    with torch.inference_mode():
        before = network(waveforms).logits.numpy()
        network.load_state_dict(fold(network.state_dict(), line))
        after = network(waveforms).logits.numpy()
    assert after == pytest.approx(line(before), abs=1e-4)


def test_folding_keeps_precisions_and_the_state_it_was_given() -> None:
    state = {name: value.half() for name, value in standin.build().state_dict().items()}
    bias = state["fc_audioset.bias"].clone()
    folded = fold(state, Line(2.0, 1.0))
    assert folded.keys() == state.keys()
    assert {value.dtype for value in folded.values()} == {torch.float16}
    assert torch.equal(state["fc_audioset.bias"], bias)
    assert torch.allclose(folded["fc_audioset.bias"].float(), 2 * bias.float() + 1, rtol=1e-3)


# --- targets


def test_a_label_is_believed_and_for_the_rest_the_teacher() -> None:
    labels = np.array([[True, False]])
    assert soft_targets(labels, np.array([[0.2, 0.3]])).tolist() == [[1.0, 0.3]]


def test_of_classes_above_and_below_a_label_nothing_is_known() -> None:
    labels = np.zeros((2, len(AUDIOSET)), np.bool_)
    labels[0, AUDIOSET.index("Dog")] = True
    labels[0, AUDIOSET.index("Bark")] = True
    unknown = {AUDIOSET.names[index] for index in np.flatnonzero(undecided(labels)[0])}
    assert {"Animal", "Domestic animals, pets", "Bow-wow", "Growling"} <= unknown
    assert not {"Dog", "Bark", "Cat", "Speech"} & unknown
    assert not undecided(labels)[1].any()


# --- reliability


def test_reliability_of_cases_that_can_be_counted() -> None:
    scores = np.array([[0.04, 0.25, 0.25, 0.6, 0.6, 0.95]])
    heard = np.array([[True, False, True, True, False, True]])
    found = reliability(scores, heard)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 4)
    assert found["calibration_error"] == pytest.approx((2 * 0.25 + 2 * 0.1 + 0.05) / 5)
    filled = {each["above"]: each for each in found["bins"] if each["cases"]}
    assert {low: each["cases"] for low, each in filled.items()} == {0.2: 2, 0.5: 2, 0.9: 1}
    assert filled[0.5]["share_right"] == 0.5 and filled[0.5]["mean_score"] == pytest.approx(0.6)


def test_cases_that_do_not_count_are_left_out() -> None:
    scores, heard = np.array([[0.6, 0.6]]), np.array([[True, False]])
    assert reliability(scores, heard, np.array([[True, False]]))["precision"] == 1.0


def test_figures_that_no_case_can_tell_are_none() -> None:
    found = reliability(np.zeros((1, 2)), np.zeros((1, 2), np.bool_))
    assert (found["calibration_error"], found["precision"], found["recall"]) == (None, None, None)
    assert all(each["mean_score"] is None for each in found["bins"])
