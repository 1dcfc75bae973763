"""What one frame says: frame → faces → crops → reading."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from device.camera.camera import Camera, Frame
from device.camera.exposure import flag_settled
from device.emotion.classifier import EmotionClassifier
from device.faces.crop import crop_face, stretch_contrast
from device.faces.detector import FaceBox, FaceDetector
from device.faces.tracking import FaceTracker
from device.faces.uprightness import Uprightness
from device.observation.aiming import FacePlace, place_of
from device.observation.hanging import Hanging, HangingCheck
from device.observation.lighting import LightReading, read_light
from device.observation.observation import Reading
from device.settings.sections import FaceSettings


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What one frame gave; ``settled`` is false while the exposure still settles, and what was read earns nothing."""

    reading: Reading
    light: LightReading
    settled: bool
    hanging: Hanging | None = None
    """That the camera does not hang as the settings say, as far as is known by then."""
    place: FacePlace | None = None
    """Where the largest face is, None where there is none."""


@dataclass(frozen=True, slots=True)
class FaceReader:
    """Everything that it takes to read faces.

    With the policy "largest" the largest face is read, with "mean" all of them, whose probabilities are averaged.
    """

    camera: Camera
    detector: FaceDetector
    classifier: EmotionClassifier
    settings: FaceSettings = field(default_factory=FaceSettings)
    hanging_check: HangingCheck | None = None
    """Looks whether faces are found the wrong way up; None where nothing can tell, such as a simulated detector."""

    def read(self, frames: Iterable[Frame]) -> Iterator[FrameResult]:
        """Read one observation's frames; no frame or crop outlives its turn."""
        tracker = FaceTracker(self.detector, self.settings.policy, self.settings.whole_picture_seconds)
        uprightness, check, size = Uprightness(), self.hanging_check, self.classifier.crop_size
        for frame in flag_settled(frames):
            boxes = tracker.find(frame)
            crops = [crop_face(frame.luma, box, size) for box in boxes]
            shares = [self.classifier.classify(stretch_contrast(crop)) for crop in crops]
            probabilities = np.mean(shares, axis=0) if shares else None
            light = read_light(frame, crops[0] if crops else None)
            if check and frame.settled:
                check.look(frame, uprightness)
            hanging = check.found(uprightness) if check else None
            reading, place = Reading(frame.timestamp, probabilities), _place(frame, boxes)
            yield FrameResult(reading, light, bool(frame.settled), hanging, place)


@dataclass(frozen=True, slots=True)
class FaceFinder:
    """Finds the largest face and reads nothing in it, for somebody who aims the camera."""

    camera: Camera
    detector: FaceDetector
    settings: FaceSettings = field(default_factory=FaceSettings)

    def read(self, frames: Iterable[Frame]) -> Iterator[FrameResult]:
        """Find it in every frame; nothing but its place and the light outlives the frame's turn."""
        tracker = FaceTracker(self.detector, "largest", self.settings.whole_picture_seconds)
        for frame in flag_settled(frames):
            boxes = tracker.find(frame)
            light = read_light(frame, crop_face(frame.luma, boxes[0]) if boxes else None)
            reading, place = Reading(frame.timestamp, None), _place(frame, boxes)
            yield FrameResult(reading, light, bool(frame.settled), place=place)


def _place(frame: Frame, boxes: Sequence[FaceBox]) -> FacePlace | None:
    if not boxes:
        return None
    height, width = frame.luma.shape
    box = boxes[0]
    return place_of(x=box.x, y=box.y, width=box.width, height=box.height, picture=(height, width))
