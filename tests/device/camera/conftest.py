"""Clips for the tests of the cameras, made on the spot."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """Make a clip whose frame ``n`` is plain grey of level ``10 n``."""

    def make(*, frames: int = 10, frames_per_second: float = 10, name: str = "clip.avi") -> Path:
        path = tmp_path / name
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), frames_per_second, (64, 48))
        for number in range(frames):
            writer.write(np.full((48, 64, 3), 10 * number % 256, dtype=np.uint8))
        writer.release()
        return path

    return make
