"""The lever of the simulated classifier."""

import numpy as np
import pytest

from device.appliance.simulated_host import SimulatedClock
from device.emotion.simulated_emotion_classifier import SimulatedEmotionClassifier

CROP = np.zeros((48, 48), dtype=np.uint8)


def test_the_classifier_reads_what_the_script_says() -> None:
    clock = SimulatedClock()
    classifier = SimulatedEmotionClassifier(lambda: "sadness" if clock() > 8 else "surprise", certainty=0.8)
    shares = classifier.classify(CROP)
    assert classifier.labels[shares.argmax()] == "surprise"
    assert shares.max() == pytest.approx(0.8)
    assert shares.sum() == pytest.approx(1)
    clock.advance(9)
    assert classifier.labels[classifier.classify(CROP).argmax()] == "sadness"


def test_another_expression_is_read_from_the_moment_the_lever_is_moved() -> None:
    classifier = SimulatedEmotionClassifier()
    assert classifier.labels[classifier.classify(CROP).argmax()] == "happiness"
    classifier.expression = lambda: "fear"
    assert classifier.labels[classifier.classify(CROP).argmax()] == "fear"
