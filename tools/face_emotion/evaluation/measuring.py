"""The figures of a finished model for its card: on every test set, in int8 as the box runs it."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tools.face_emotion.conversion import answers, shares
from tools.face_emotion.datasets.examples import FaceExamples
from tools.face_emotion.datasets.material import TestSet, TrainingData
from tools.face_emotion.datasets.splits import names_by
from tools.face_emotion.evaluation.calibration import reliability
from tools.face_emotion.evaluation.metrics import compare, only_labels_of, over_all_labels
from tools.face_emotion.evaluation.resampling import measure_people

Shares = NDArray[np.float32]

_EVALUATION_BATCH = 256


def measure_int8(network: keras.Model, model: Path, material: TrainingData) -> dict[str, Any]:
    """Measure an int8 file on every test set, and compare it with the network that it came from on the first.

    :returns: the figures of each test set by its key, of its pictures with a majority by ``<key>_majority``, of its
        peak frames by ``<key>_peaks``, of its sources of pictures by ``<key>_from_<source>``, and ``parity``.
    :raises ModelError: if the box could not load the model.
    """
    labels = material.labels
    said = said_by_int8(model, material.tests, labels)
    key, first = next(iter(material.tests.items()))
    parity = compare(probabilities(network, first.examples.crops, labels), said[key], first.examples.labels)
    return {**figures_of_all(material.tests, said), "parity": {"on": key, **asdict(parity)}}


def measure_float(network: keras.Model, material: TrainingData) -> dict[str, Any]:
    """Measure a network on every test set, as :func:`measure_int8` does."""
    said = {key: probabilities(network, test.examples.crops, material.labels) for key, test in material.tests.items()}
    return figures_of_all(material.tests, said)


def said_by_int8(model: Path, tests: Mapping[str, TestSet], labels: NDArray[np.int64]) -> dict[str, Shares]:
    """Return what an int8 file of these labels says to every test set, by its key: probabilities ``(n, 8)``.

    :raises ModelError: if the box could not load the model.
    """
    return {key: over_all_labels(shares(answers(model, test.examples.crops)), labels) for key, test in tests.items()}


def probabilities(network: keras.Model, crops: NDArray[np.uint8], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Run crops ``(n, 48, 48)`` through a network of these labels; return the probabilities of all, ``(n, 8)``."""
    scaled = crops.astype(np.float32)[..., np.newaxis] / np.float32(255)
    return over_all_labels(network.predict(scaled, batch_size=_EVALUATION_BATCH, verbose=0), labels)


def figures_of_all(tests: Mapping[str, TestSet], said: Mapping[str, Shares]) -> dict[str, Any]:
    """Measure what was said to every test set, and to its majority, peak frames and sources where it knows them."""
    figures: dict[str, Any] = {}
    for key, test in tests.items():
        figures[key] = _figures(test, test.title, test.examples, said[key])
        majority = test.examples.majority()
        if majority is not None and majority.any():
            title = f"{test.title}: pictures with more than half of the votes on one label (majority protocol)"
            figures[f"{key}_majority"] = _figures(test, title, test.examples.select(majority), said[key][majority])
        peaks = test.examples.peaks
        if peaks.any():
            examples = test.examples.select(peaks)
            title = f"{test.title}: peak frames, answers only among the labels that the set holds"
            figures[f"{key}_peaks"] = _figures(test, title, examples, only_labels_of(examples.labels, said[key][peaks]))
        for source, inside in test.examples.by_source().items():
            title = f"{test.title}: pictures from {source}"
            figures[f"{key}_from_{source}"] = _figures(test, title, test.examples.select(inside), said[key][inside])
    return figures


def _figures(test: TestSet, title: str, examples: FaceExamples, said: Shares) -> dict[str, Any]:
    return {
        "title": title,
        "split": test.split,
        "warning": test.warning,
        **measure_people(examples.labels, said.argmax(axis=1), names_by(examples, "subject")),
        "expected_calibration_error": reliability(said, examples.labels)["expected_calibration_error"],
    }
