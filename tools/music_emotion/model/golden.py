"""The golden example: a drawn log-mel patch and what the model says to it, by which a runtime shows that it works.

It is drawn by code, so that it may ship where no recording may.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion.tflite_model import TFLiteModel
from tools.music_emotion.model.log_mel import N_MELS, PATCH_FRAMES

TOLERANCE_STEPS = 16
"""How many int8 steps another runtime's embedding may differ from the stored one; kernels round differently.

LiteRT 2.3 was seen 8 steps from tflite-runtime 2.14 on this patch, and 8 at most on 82 real ones, .2 on average.
"""


def draw_patch() -> NDArray[np.float32]:
    """Draw a log-mel patch ``(1, 187, 96)``, 0 to 4 or so: harmonics struck every half second, over faint noise."""
    frames, bands = np.arange(PATCH_FRAMES)[:, None], np.arange(N_MELS)[None, :]
    beat = np.exp(-(frames % 31) / 12)
    harmonics = sum(np.exp(-(((bands - 12 * n - frames / 40) / 2) ** 2)) / n for n in range(1, 7))
    noise = 0.3 * np.abs(np.sin(frames * 12.9898 + bands * 78.233))
    patch: NDArray[np.float32] = (3.5 * beat * harmonics + noise).astype(np.float32)[np.newaxis]
    return patch


def write_golden(model: Path, destination: Path) -> None:
    """Run the drawn patch and write ``input`` int8 ``(1, 187, 96)`` and ``output`` int8 ``(1, n_embedding)``.

    :raises ModelError: if the runtime cannot load the model.
    """
    loaded = TFLiteModel(model)
    patch = loaded.quantise(draw_patch())
    with destination.open("wb") as file:  # numpy would add an ending to a name without one
        np.savez_compressed(file, input=patch, output=loaded.run_quantised(patch))
