"""What an emotion classifier does, and the input that its model takes."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma
from device.faces.crop import CROP_SIZE


class EmotionClassifier(Protocol):
    """Reads an expression."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The face labels, in the order of the probabilities."""
        ...

    def classify(self, crop: Luma) -> NDArray[np.float32]:
        """Return the probability of each label, ``(n_labels,)``, summing to 1, for a ``(48, 48)`` crop."""
        ...


def normalise(crop: Luma) -> NDArray[np.float32]:
    """Turn a ``(48, 48)`` crop of 0–255 into the model's input: ``(1, 48, 48, 1)`` in [0, 1]."""
    scaled = crop.astype(np.float32) / np.float32(255)
    return scaled.reshape(1, CROP_SIZE, CROP_SIZE, 1)
