"""Sounds for the tests of the players, made on the spot."""

import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def make_tone(tmp_path: Path) -> Callable[..., Path]:
    """Make a wav file with a tone of 440 Hz."""

    def make(seconds: float, name: str = "tone.wav") -> Path:
        path = tmp_path / name
        rate = 22_050
        levels = [round(12_000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(round(seconds * rate))]
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(struct.pack(f"<{len(levels)}h", *levels))
        return path

    return make
