"""What a frame is, and what a camera does."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
"""A grey picture, ``(height, width)``, 0–255."""

Turn = Literal[0, 90, 180, 270]
"""Degrees clockwise by which a picture is turned."""

STALL_SECONDS = 2.0
"""A camera that gives no frame for this long has stalled."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: ``luma`` ``(height, width)``, 0–255; ``timestamp`` in rising seconds of the camera's own clock.

    What follows them is known to some cameras only.
    """

    luma: Luma
    timestamp: float

    lores: Luma | None = None
    """The same picture in fewer pixels, where the camera gives it for nothing: good enough to find faces in."""

    settled: bool | None = None
    """Whether the exposure fits the scene yet; None from a camera that does not say."""

    exposure: float | None = None
    """Seconds of exposure times gain: how hard the camera tries to see."""

    lux: float | None = None
    """How much light falls on the scene, as the camera estimates it."""


class Camera(Protocol):
    """Gives frames, and streams only while it is opened."""

    def prepare(self) -> None:
        """Do beforehand what makes :meth:`open` quick, without streaming; what fails here will fail there."""
        ...

    def open(self) -> AbstractContextManager[Iterator[Frame]]:
        """Start streaming on entering the context and stop on leaving it, whatever happened in between.

        The iterator blocks for at most :data:`STALL_SECONDS` or so before it gives a frame or raises.

        :raises CameraError: from entering or from the iterator, when the camera is absent, vanishes or stalls,
            or when a recording ends.
        """
        ...

    def close(self) -> None:
        """Let go of what :meth:`prepare` or :meth:`open` keep; the camera may be opened again all the same."""
        ...
