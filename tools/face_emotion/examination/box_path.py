"""Reads single pictures as the box reads frames: its detector, tracker, crop and contrast, whichever the model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Frame, Luma
from device.camera.simulated_camera import SimulatedCamera
from device.emotion.classifier import EmotionClassifier
from device.faces.detector import FaceBox, FaceDetector
from device.faces.tracking import FaceTracker
from device.observation.perception import FaceReader
from device.settings.sections import FaceSettings
from tools.face_emotion.evaluation.metrics import answer_over_all_labels


@dataclass(slots=True)
class BoxReader:
    """Several models that look at the same pictures; the face is looked for once.

    Call it from one thread at a time.
    """

    detector: FaceDetector
    classifiers: Mapping[str, EmotionClassifier]
    """By names of the caller's."""

    settings: FaceSettings = field(default_factory=FaceSettings)
    _readers: Mapping[str, FaceReader] = field(init=False)
    _search: "_OneSearch" = field(init=False)

    def __post_init__(self) -> None:
        self._search = _OneSearch(self.detector)
        self._readers = {
            name: FaceReader(SimulatedCamera(), self._search, classifier, self.settings)
            for name, classifier in self.classifiers.items()
        }

    def find(self, luma: Luma) -> FaceBox | None:
        """Return the face that the box would read in a grey picture ``(height, width)``, None if it finds none."""
        tracker = FaceTracker(self._search, self.settings.policy, self.settings.whole_picture_seconds)
        return next(iter(tracker.find(Frame(luma, 0.0, settled=True))), None)

    def read(self, luma: Luma) -> dict[str, NDArray[np.float32]] | None:
        """Return each model's probabilities of all face labels, ``(8,)``; None if no face is found."""
        said = {}
        for name, reader in self._readers.items():
            reading = next(iter(reader.read([Frame(luma, 0.0, settled=True)]))).reading
            if reading.probabilities is None:
                return None
            said[name] = answer_over_all_labels(reading.probabilities, self.classifiers[name].labels)
        return said


@dataclass(slots=True)
class _OneSearch:
    """Looks only once at a picture that several ask about in turn."""

    detector: FaceDetector
    _luma: Luma | None = None
    _boxes: Sequence[FaceBox] = ()
    _near: dict[FaceBox, FaceBox | None] = field(default_factory=dict)

    def detect(self, luma: Luma) -> Sequence[FaceBox]:
        if luma is not self._luma:
            self._luma, self._boxes, self._near = luma, self.detector.detect(luma), {}
        return self._boxes

    def detect_near(self, luma: Luma, last: FaceBox) -> FaceBox | None:
        if luma is not self._luma:
            return self.detector.detect_near(luma, last)
        if last not in self._near:
            self._near[last] = self.detector.detect_near(luma, last)
        return self._near[last]
