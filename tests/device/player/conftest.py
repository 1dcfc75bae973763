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
        second = [round(12_000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(rate)]  # whole periods
        levels = struct.pack(f"<{rate}h", *second) * math.ceil(seconds)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(levels[: 2 * round(seconds * rate)])
        return path

    return make
