"""A classifier that reads the expression it is given."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.emotion.labels import FACE_LABELS
from device.faces.crop import CROP_SIZE


class SimulatedEmotionClassifier:
    """Reads the expression that a script names at the moment, and is ``certainty`` (0–1) certain of it."""

    labels = FACE_LABELS
    crop_size = CROP_SIZE

    def __init__(self, expression: Callable[[], str] = lambda: "happiness", *, certainty: float = 0.9) -> None:
        self.expression = expression
        """Lever: what is read from now on."""
        self._certainty = certainty

    def classify(self, crop: Luma) -> NDArray[np.float32]:  # noqa: ARG002 - the script knows, whatever the crop
        """Return probabilities ``(8,)``: ``certainty`` for the scripted label, the rest in equal shares."""
        rest = (1 - self._certainty) / (len(self.labels) - 1)
        shares = np.full(len(self.labels), rest, dtype=np.float32)
        shares[self.labels.index(self.expression())] = self._certainty
        return shares
