"""The music model that ships: musicnn's embedding, the tonality and a head that says valence, arousal and σ of both.

model.tflite    full int8: a log-mel patch (1, 187, 96) → musicnn's part of its embedding
head.npz        a song's embedding, the mean over its excerpts → valence and arousal, and how far off they may be
card.json       settings, version, σ, figures, terms
golden.npz      one drawn patch and the model's answer, for a trial run

No tensorflow.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.errors import ModelError
from device.files.untrusted import Fields
from device.recommendation.song_table import AREAS
from tools.model_making.on_device import load_model
from tools.music_emotion.model import tonality
from tools.music_emotion.model.golden import run_golden
from tools.music_emotion.model.head import AXES, Floats, Head
from tools.music_emotion.model.log_mel import (
    HOP_LENGTH,
    N_FFT,
    N_MELS,
    PATCH_FRAMES,
    PATCH_LENGTH,
    SAMPLE_RATE,
    log_mel,
)
from tools.music_emotion.model.model_input import INPUT_VERSION, for_networks
from tools.music_emotion.model.music_model import CARD, MODEL, Hearing, Judgement

PLACE = "place"
"""The kind of its answers, as cards call it."""
HEAD = "head.npz"
LOG_MEL_SETTINGS = {
    "sample_rate": SAMPLE_RATE,
    "n_fft": N_FFT,
    "hop_length": HOP_LENGTH,
    "n_mels": N_MELS,
    "patch_frames": PATCH_FRAMES,
}
"""What a card must say of a model's input for this code to prepare it."""
HEARING = Hearing(SAMPLE_RATE, PATCH_LENGTH)

Rows = Sequence[NDArray[np.float32]] | Sequence[Floats] | Floats
"""One row an excerpt, however they are held."""

_MEND = "copy the music model again, or train one with mien-tools train-music"


class MusicnnVa:
    """The loaded model, a :class:`tools.music_emotion.model.music_model.MusicModel`. One thread at a time."""

    hearing = HEARING
    k: float | None = None
    shares: str = AREAS

    def __init__(self, folder: Path, card: Mapping[str, Any]) -> None:
        """Load a folder.

        :param card: what :func:`tools.music_emotion.model.loading.read_card` has read there.
        :raises ModelError: if a file is missing or unreadable, or the parts do not belong together.
        :raises ValueError: if the card lacks what is needed, or says it otherwise.
        """
        for key, expected in LOG_MEL_SETTINGS.items():
            if card["hears"].get(key) != expected:
                what = f"{folder / CARD}: {key} is {card['hears'].get(key)}, and this mien needs {expected}"
                raise ModelError(what, mend=_MEND)
        sigma = Fields(card["table"].get("sigma"), "table.sigma")
        sigma.need(*AXES)
        self.sigma_valence, self.sigma_arousal = (sigma.number(axis, 0.0) for axis in AXES)
        self.folder, self.version = folder, str(card["version"])
        self.backbone = backbone_of(folder)
        self._golden_tolerance_steps = int(card["golden_tolerance_steps"])
        self._model = load_model(folder / MODEL)
        self._head = Head.load(folder / HEAD)
        shapes = (self._model.input_shape, self._model.output_shape)
        if shapes != ((1, PATCH_FRAMES, N_MELS), (1, len(self._head.weights) - len(tonality.NAMES))):
            what = (
                f"{folder}: model {shapes[0]} → {shapes[1]} and head {self._head.weights.shape} do not belong together"
            )
            raise ModelError(what, mend=_MEND)

    def embed(self, excerpts: NDArray[np.float32]) -> Floats:
        """Return a song's embedding ``(n_embedding,)``: musicnn's answer and the tonality, each mean over excerpts.

        :param excerpts: ``(n, PATCH_LENGTH)`` mono at ``SAMPLE_RATE`` in [-1, 1], n ≥ 1.
        """
        return song_embedding(
            [self._model.run(log_mel(excerpt)[np.newaxis])[0] for excerpt in for_networks(excerpts)],
            [tonality.tonality(excerpt) for excerpt in excerpts],
        )

    def place(self, embedding: Floats) -> Judgement:
        """Predict a song's valence and arousal, and σ of both, from its embedding ``(n_embedding,)``."""
        embeddings = embedding[np.newaxis]
        place, deviations = self._head.predict(embeddings)[0], self._head.deviations(embeddings)[0]
        return Judgement(*place.tolist(), *deviations.tolist())

    def run_golden(self) -> int:
        """Run the golden patch; return how many int8 steps the answer is off at most.

        :raises ModelError: if the file cannot be read, or it is off by more than the card's ``golden_tolerance_steps``.
        """
        return run_golden(self._model, self.folder, tolerance_steps=self._golden_tolerance_steps)


def song_embedding(heard: Rows, tonalities: Rows) -> Floats:
    """Put a song's embedding ``(n_embedding,)`` together from what musicnn and the tonality say of excerpts."""
    return np.concatenate([np.mean(part, axis=0, dtype=np.float64) for part in (heard, tonalities)])


def backbone_of(model: Path) -> str:
    """Return what embeddings depend on, as a sha256: the int8 network, and the rules by which songs are heard.

    A model with another head has the same backbone.

    :raises ModelError: if the network cannot be read.
    """
    try:
        network = (model / MODEL).read_bytes()
    except OSError as error:
        what = f"{model / MODEL}: cannot be read ({error.strerror})"
        raise ModelError(what, mend=_MEND) from error
    return hashlib.sha256(network + f"hearing {INPUT_VERSION}".encode()).hexdigest()
