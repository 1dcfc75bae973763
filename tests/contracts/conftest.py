"""Inputs for the contract tests, made on the spot."""

import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip of 30 frames at 20 frames a second, 64 × 48."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (64, 48))
    for number in range(30):
        writer.write(np.full((48, 64, 3), 8 * number, dtype=np.uint8))
    writer.release()
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with ten pictures, 64 × 48."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(10):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((48, 64), 20 * number, dtype=np.uint8))
    return folder


@pytest.fixture
def make_song(tmp_path: Path) -> Callable[..., Path]:
    """Make a wav file with a tone of 440 Hz."""

    def make(name: str = "song.wav", *, seconds: float = 1.0) -> Path:
        path = tmp_path / name
        second = [round(9_000 * math.sin(2 * math.pi * 440 * n / 8_000)) for n in range(8_000)]  # whole periods
        levels = struct.pack("<8000h", *second) * math.ceil(seconds)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(levels[: 2 * round(seconds * 8_000)])
        return path

    return make
