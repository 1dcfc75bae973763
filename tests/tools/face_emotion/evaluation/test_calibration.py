import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.face_emotion.evaluation.calibration import build_in, fit_temperature, reliability
from tools.face_emotion.evaluation.measuring import probabilities
from tools.face_emotion.training import networks


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def honest_logits(examples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits of which the softmax is the chance of each label, and labels that were drawn with these chances."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 2, (examples, 8))
    chances = softmax(logits).astype(np.float64)
    draws = generator.random((examples, 1))
    return logits, np.minimum((chances.cumsum(axis=1) < draws).sum(axis=1), 7)


@settings(deadline=None)
@given(st.sampled_from([0.4, 0.7, 1.0, 1.5, 2.5]), st.integers(0, 5))
def test_the_temperature_that_spoilt_an_honest_model_is_found_again(temperature: float, seed: int) -> None:
    logits, truth = honest_logits(6000, seed)
    assert fit_temperature(softmax(logits * temperature), truth) == pytest.approx(temperature, rel=0.1)


def test_dividing_by_the_temperature_makes_the_confidence_believable() -> None:
    logits, truth = honest_logits(6000, seed=9)
    boastful = softmax(logits * 2.5)
    temperature = fit_temperature(boastful, truth)
    before = reliability(boastful, truth)["expected_calibration_error"]
    after = reliability(softmax(logits * 2.5 / temperature), truth)["expected_calibration_error"]
    assert before > 0.1
    assert after < 0.02


def test_a_label_that_was_given_no_chance_at_all_can_still_be_calibrated() -> None:
    certain = np.eye(8, dtype=np.float32)[[0, 1, 2, 3]]
    assert fit_temperature(certain, np.array([0, 1, 2, 4])) == pytest.approx(4)


def test_nothing_cannot_be_calibrated() -> None:
    with pytest.raises(ValueError, match="nothing to calibrate"):
        fit_temperature(np.empty((0, 8), dtype=np.float32), np.empty(0, dtype=np.int64))


@pytest.mark.training
def test_a_temperature_built_in_changes_the_confidence_and_no_label() -> None:
    keras.utils.set_random_seed(3)
    network = networks.build("paper", n_labels=8)
    crops = np.random.default_rng(3).integers(0, 255, (40, 48, 48)).astype(np.uint8)
    before = probabilities(network, crops, np.arange(8)).astype(np.float64)
    build_in(network, 0.5)
    after = probabilities(network, crops, np.arange(8))
    assert np.allclose(after, before**2 / (before**2).sum(axis=1, keepdims=True), atol=1e-5)
