"""Frame → faces → crop → reading."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from device.camera.camera import Camera, Frame
from device.camera.exposure import flag_settled
from device.emotion.classifier import EmotionClassifier
from device.faces.crop import crop_face, stretch_contrast
from device.faces.detector import FaceDetector
from device.faces.tracking import WHOLE_PICTURE_SECONDS, FacePolicy, FaceTracker
from device.observation.lighting import LightReading, read_light
from device.observation.observation import Reading


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What one frame gave; ``settled`` is false while the exposure still settles, and what was read earns nothing."""

    reading: Reading
    light: LightReading
    settled: bool


@dataclass(frozen=True, slots=True)
class FaceReader:
    """Everything that seeing takes.

    With the policy "largest" the largest face is read, with "mean" all of them, whose probabilities are averaged.
    """

    camera: Camera
    detector: FaceDetector
    classifier: EmotionClassifier
    policy: FacePolicy = "largest"
    whole_picture_seconds: float = WHOLE_PICTURE_SECONDS

    def read(self, frames: Iterable[Frame]) -> Iterator[FrameResult]:
        """Read one observation's frames; no frame or crop outlives its turn."""
        tracker = FaceTracker(self.detector, self.policy, self.whole_picture_seconds)
        for frame in flag_settled(frames):
            crops = [crop_face(frame.luma, box) for box in tracker.find(frame)]
            shares = [self.classifier.classify(stretch_contrast(crop)) for crop in crops]
            probabilities = np.mean(shares, axis=0) if shares else None
            light = read_light(frame, crops[0] if crops else None)
            yield FrameResult(Reading(frame.timestamp, probabilities), light, bool(frame.settled))
