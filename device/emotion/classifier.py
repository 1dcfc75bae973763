"""What an emotion classifier does, and the input that its model takes."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from device.camera.camera import Luma


class EmotionClassifier(Protocol):
    """Reads an expression."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The face labels, in the order of the probabilities."""
        ...

    @property
    def crop_size(self) -> int:
        """Width and height in pixels of the crops that it reads; any other is scaled first."""
        ...

    def classify(self, crop: Luma) -> NDArray[np.float32]:
        """Return the probability of each label, ``(n_labels,)``, summing to 1, for a crop."""
        ...


def normalise(crop: Luma) -> NDArray[np.float32]:
    """Turn a crop ``(height, width)`` of 0–255 into the model's input: ``(1, height, width, 1)`` in [0, 1]."""
    scaled = crop.astype(np.float32) / np.float32(255)
    return scaled.reshape(1, *crop.shape, 1)
