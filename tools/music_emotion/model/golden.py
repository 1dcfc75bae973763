"""The golden example: a drawn input and what the model says to it, by which a runtime shows that it works.

It is drawn by code, so that it may ship where no recording may.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion.tflite_model import TFLiteModel
from device.errors import ModelError
from device.files.untrusted import BROKEN_ZIP, open_beneath
from tools.model_making.on_device import load_model
from tools.music_emotion.model.log_mel import N_MELS, PATCH_FRAMES

GOLDEN = "golden.npz"

_MOST_STEPS_SHOWN = 2  # what a model is shown of the drawn sound comes from one code; processors round differently
_MEND = "copy the music model again, or train one with mien-tools train-music"


def draw_patch() -> NDArray[np.float32]:
    """Draw a log-mel patch ``(1, 187, 96)``, 0 to 4 or so: harmonics struck every half second, over faint noise."""
    frames, bands = np.arange(PATCH_FRAMES)[:, None], np.arange(N_MELS)[None, :]
    beat = np.exp(-(frames % 31) / 12)
    harmonics = sum(np.exp(-(((bands - 12 * n - frames / 40) / 2) ** 2)) / n for n in range(1, 7))
    noise = 0.3 * np.abs(np.sin(frames * 12.9898 + bands * 78.233))
    patch: NDArray[np.float32] = (3.5 * beat * harmonics + noise).astype(np.float32)[np.newaxis]
    return patch


def draw_sound(length: int, sample_rate: int) -> NDArray[np.float32]:
    """Draw mono sound ``(length,)`` in [-1, 1]: a chord struck every half second, over a faint hiss."""
    times = np.arange(length) / sample_rate
    beat = np.exp(-(times % 0.5) / 0.2)
    chord = sum(np.sin(2 * np.pi * hertz * times) / number for number, hertz in enumerate((220, 277.2, 329.6, 880), 1))
    hiss = np.sin(np.arange(length) * 12.9898) * np.sin(np.arange(length) * 78.233)
    return np.asarray(0.3 * beat * chord + 0.01 * hiss, dtype=np.float32)


def write_golden(model: Path, values: NDArray[np.float32], destination: Path) -> None:
    """Run real values through a model; write ``input`` and ``output``, int8 of its own shapes.

    :raises ModelError: if the runtime cannot load the model.
    """
    loaded = load_model(model)
    quantised = loaded.quantise(values)
    with destination.open("wb") as file:  # numpy would add an ending to a name without one
        np.savez_compressed(file, input=quantised, output=loaded.run_quantised(quantised))


def run_golden(
    model: TFLiteModel, folder: Path, *, tolerance_steps: int, shown: NDArray[np.float32] | None = None
) -> int:
    """Run the golden input of a model's folder; return how many int8 steps the answer is off at most.

    :param shown: real values that the golden input is to be, as the folder's other parts make them of what was drawn;
        None where they are not looked at.
    :raises ModelError: if the file cannot be read or belongs to another model, or the answer is off by more than
        ``tolerance_steps``.
    """
    path = folder / GOLDEN
    try:
        with open_beneath(folder, GOLDEN) as file, np.load(file, allow_pickle=False) as golden:
            values, expected = golden["input"], golden["output"]
    except (OSError, ValueError, TypeError, *BROKEN_ZIP) as error:
        what = f"{path}: the golden example cannot be read ({error})"
        raise ModelError(what, mend=_MEND) from error
    forms = (values.shape, expected.shape, values.dtype, expected.dtype)
    if forms != (model.input_shape, model.output_shape, np.int8, np.int8):
        what = f"{path}: {values.dtype} {values.shape} → {expected.dtype} {expected.shape} is no example for this model"
        raise ModelError(what, mend=_MEND)
    if shown is not None and (different := _steps_between(model.quantise(shown), values)) > _MOST_STEPS_SHOWN:
        what = f"{folder}: features and scaling are not those that the model learnt with ({different} steps off)"
        raise ModelError(what, mend=_MEND)
    off = _steps_between(model.run_quantised(values), expected)
    if off > tolerance_steps:
        what = f"{path}: this runtime's answer is {off} steps off, more than {tolerance_steps}"
        raise ModelError(what, mend="install the runtime that mien pins, or copy the music model again")
    return off


def _steps_between(one: NDArray[np.int8], other: NDArray[np.int8]) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())
