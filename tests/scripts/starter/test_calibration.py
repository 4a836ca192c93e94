"""scripts/starter/calibration: lines that bring scores near to how often they are right."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "scripts"))

from epanns.labels import VOCABULARY  # noqa: E402 - path above
from golden import standin  # noqa: E402
from starter import calibration  # noqa: E402
from starter.calibration import Lines, believed, doubtful, fit, fold, reliability  # noqa: E402

CLASSES = 5


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))


def world(
    segments: int, scale: float = 1.0, shift: float | list[float] = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Logits (segments, 5), and what is to be heard where the right logits are lines of them."""
    rng = np.random.default_rng(3)
    logits = rng.normal(-2, 2, (segments, CLASSES))
    return logits, rng.random(logits.shape) < sigmoid(scale * logits + np.array(shift))


# --- fit


def test_the_line_that_all_classes_share_is_found() -> None:
    lines = fit(*world(20_000, scale=1.4, shift=-0.8))
    assert lines.scale == pytest.approx(1.4, abs=0.06)
    assert lines.shift == pytest.approx(-0.8, abs=0.1)


def test_a_class_of_many_positives_gets_a_line_of_its_own() -> None:
    lines = fit(*world(40_000, shift=[0.0, 0.0, 0.0, 0.0, 0.1]))
    assert lines.shift[4] - lines.shift[:4].mean() == pytest.approx(0.1, abs=0.04)


def test_the_fewer_positives_the_nearer_is_a_class_to_the_shared_line() -> None:
    logits, heard = world(8_000, shift=[0.0, 0.0, 0.0, 0.1, 0.1])
    logits[20:, 3], heard[20:, 3] = -20.0, False  # surely not there, which tells nothing
    lines = fit(logits, heard)
    shared = lines.shift[:3].mean()
    assert lines.shift[4] - shared > 2 * abs(lines.shift[3] - shared)


def test_classes_without_positives_get_the_shared_line_however_they_score() -> None:
    logits, heard = world(4_000)
    heard[:, 3:] = False
    logits[:, 4] -= 3
    lines = fit(logits, heard)
    assert lines.scale[3] == pytest.approx(lines.scale[4], abs=1e-4)
    assert lines.shift[3] == pytest.approx(lines.shift[4], abs=1e-4)


def test_order_within_a_class_is_kept_even_where_labels_are_against_it() -> None:
    logits, heard = world(2_000)
    heard[:, 4] = ~heard[:, 4]
    lines = fit(logits, heard)
    assert lines.scale.min() > 0
    order = np.argsort(logits, axis=0)
    assert (np.argsort(lines(logits), axis=0) == order).all()


def test_classes_stay_near_the_shared_line_so_that_order_across_them_mostly_stays() -> None:
    logits, heard = world(4_000, shift=[-6.0, 0.0, 0.0, 0.0, 6.0])
    lines = fit(logits, heard)
    reach = 2 * calibration.REACH[1, 0]
    assert np.ptp(lines.shift) == pytest.approx(reach, abs=1e-6)


def test_weights_count_as_so_many_segments() -> None:
    logits, heard = world(400)
    weights = np.tile([1.0, 3.0], 200)
    repeated = np.repeat(np.arange(400), weights.astype(int))
    weighted = fit(logits, heard, weights / 2)  # of mean 1
    several = fit(logits[repeated], heard[repeated])
    assert sigmoid(weighted(logits)) == pytest.approx(sigmoid(several(logits)), abs=0.02)
    none = fit(logits, heard, np.where(np.arange(400) < 300, 1.0, 0.0))
    assert not np.allclose(none.shift, weighted.shift)


def test_soft_targets_count_in_part() -> None:
    logits, _ = world(4_000)
    lines = fit(logits, sigmoid(0.9 * logits + 0.1))
    assert lines.scale == pytest.approx(0.9, abs=0.01)
    assert lines.shift == pytest.approx(0.1, abs=0.02)


def test_calibration_lowers_the_calibration_error_of_other_segments() -> None:
    logits, heard = world(6_000, scale=0.5, shift=-1.0)
    lines = fit(logits[:3000], heard[:3000])
    before = reliability(sigmoid(logits[3000:]), heard[3000:])["calibration_error"]
    after = reliability(sigmoid(lines(logits[3000:])), heard[3000:])["calibration_error"]
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
    rng = np.random.default_rng(2)
    lines = Lines(rng.uniform(0.7, 1.3, len(VOCABULARY)), rng.normal(0, 1, len(VOCABULARY)))
    with torch.inference_mode():
        before = network(waveforms).logits.numpy()
        network.load_state_dict(fold(network.state_dict(), lines))
        after = network(waveforms).logits.numpy()
    assert after == pytest.approx(lines(before), abs=1e-4)


def test_folding_keeps_precisions_and_the_state_it_was_given() -> None:
    state = {name: value.half() for name, value in standin.build().state_dict().items()}
    bias = state["fc_audioset.bias"].clone()
    folded = fold(state, Lines(np.full(len(VOCABULARY), 2.0), np.ones(len(VOCABULARY))))
    assert folded.keys() == state.keys()
    assert {value.dtype for value in folded.values()} == {torch.float16}
    assert torch.equal(state["fc_audioset.bias"], bias)
    assert torch.allclose(folded["fc_audioset.bias"].float(), 2 * bias.float() + 1, rtol=1e-3)


# --- targets


def test_a_label_is_believed_and_for_the_rest_the_teacher() -> None:
    labels = np.array([[True, False]])
    assert believed(labels, np.array([[0.2, 0.3]])).tolist() == [[1.0, 0.3]]


def test_of_classes_above_and_below_a_label_nothing_is_known() -> None:
    labels = np.zeros((2, len(VOCABULARY)), np.bool_)
    labels[0, VOCABULARY.index("Dog")] = True
    labels[0, VOCABULARY.index("Bark")] = True
    unknown = {VOCABULARY.names[index] for index in np.flatnonzero(doubtful(labels)[0])}
    assert {"Animal", "Domestic animals, pets", "Bow-wow", "Growling"} <= unknown
    assert not {"Dog", "Bark", "Cat", "Speech"} & unknown
    assert not doubtful(labels)[1].any()


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
