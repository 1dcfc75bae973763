"""The music model as it is used: a folder of model, head and card, loaded and run. No tensorflow.

model.tflite    full int8: a log-mel patch (1, 187, 96) → musicnn's part of its embedding
head.npz        a song's embedding, the mean over its excerpts → valence and arousal, and how far off they may be
card.json       settings, version, σ, figures, terms
golden.npz      one drawn patch and the model's answer, for a trial run
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from device.emotion.tflite_model import TFLiteModel
from device.errors import ModelError
from tools.music_emotion.model import tonality
from tools.music_emotion.model.head import AXES, Floats, Head
from tools.music_emotion.model.log_mel import HOP_LENGTH, N_FFT, N_MELS, PATCH_FRAMES, SAMPLE_RATE, log_mel
from tools.music_emotion.model.model_input import INPUT_VERSION, for_networks

MODEL, HEAD, CARD, GOLDEN = "model.tflite", "head.npz", "card.json", "golden.npz"
SCHEMA_VERSION = 1
LOG_MEL_SETTINGS = {
    "sample_rate": SAMPLE_RATE,
    "n_fft": N_FFT,
    "hop_length": HOP_LENGTH,
    "n_mels": N_MELS,
    "patch_frames": PATCH_FRAMES,
}
"""What a card must say of a model's input for this code to prepare it."""

Rows = Sequence[NDArray[np.float32]] | Sequence[Floats] | Floats
"""One row an excerpt, however they are held."""

_MEND = "copy the music model again, or train one with mien-tools train-music"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A song's place in the plane, both in [-1, 1], and σ of each: how far from it people may place the song.

    Of songs that were not learnt from, 68 % lie within ±1σ and 95 % within ±2σ, on each axis.
    """

    valence: float
    arousal: float
    sigma_valence: float
    sigma_arousal: float


class MusicModel:
    """The loaded model. One thread at a time."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load a folder.

        :raises ModelError: if a file is missing or unreadable, or the parts do not belong together.
        """
        card = read_card(folder)
        self.version = str(card["version"])
        self.sigma_valence, self.sigma_arousal = (float(card["sigma"][axis]) for axis in AXES)
        self._golden_tolerance_steps = int(card["golden_tolerance_steps"])
        self.folder = folder
        self._model = TFLiteModel(folder / MODEL, threads=threads)
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

    def judge(self, excerpts: NDArray[np.float32]) -> Judgement:
        """Predict a song's valence and arousal, and σ of both, from its excerpts, as in :meth:`embed`."""
        return self.place(self.embed(excerpts))

    def place(self, embedding: Floats) -> Judgement:
        """Predict a song's valence and arousal, and σ of both, from its embedding ``(n_embedding,)``."""
        embeddings = embedding[np.newaxis]
        place, deviations = self._head.predict(embeddings)[0], self._head.deviations(embeddings)[0]
        return Judgement(*place.tolist(), *deviations.tolist())

    def run_golden(self) -> int:
        """Run the golden patch; return how many int8 steps the answer is off at most.

        :raises ModelError: if the file cannot be read, or it is off by more than the card's ``golden_tolerance_steps``.
        """
        path = self.folder / GOLDEN
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as golden:
                patch, expected = golden["input"], golden["output"]
        except (OSError, ValueError, KeyError, TypeError, BadZipFile, EOFError) as error:
            what = f"{path}: the golden example cannot be read ({error})"
            raise ModelError(what, mend=_MEND) from error
        off = int(np.abs(self._model.run_quantised(patch).astype(int) - expected.astype(int)).max())
        if off > self._golden_tolerance_steps:
            what = f"{path}: this runtime's answer is {off} steps off, more than {self._golden_tolerance_steps}"
            raise ModelError(what, mend="install the runtime that mien pins, or copy the music model again")
        return off


def song_embedding(heard: Rows, tonalities: Rows) -> Floats:
    """Put a song's embedding ``(n_embedding,)`` together from what musicnn and the tonality say of excerpts."""
    return np.concatenate([np.mean(part, axis=0, dtype=np.float64) for part in (heard, tonalities)])


def read_card(folder: Path) -> dict[str, Any]:
    """Read a music model's ``card.json``.

    :raises ModelError: if it is missing or broken, or describes another kind of model than this code can feed.
    """
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        stated = {key: card[key] for key in ("schema", *LOG_MEL_SETTINGS)}
        missing = {"version", "sigma", "golden_tolerance_steps"} - card.keys()
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"{path}: the model card cannot be read ({error})"
        raise ModelError(what, mend=_MEND) from error
    for key, expected in {"schema": SCHEMA_VERSION, **LOG_MEL_SETTINGS}.items():
        if stated[key] != expected:
            what = f"{path}: {key} is {stated[key]}, and this mien needs {expected}"
            raise ModelError(what, mend=_MEND)
    if missing:
        what = f"{path}: the card misses {', '.join(sorted(missing))}"
        raise ModelError(what, mend=_MEND)
    return dict(card)


def backbone_of(model: Path) -> str:
    """Return what embeddings depend on, as a sha256: the int8 network, and the rules by which songs are heard.

    A model with another head has the same backbone.

    :raises ModelError: if the network cannot be read.
    """
    try:
        network = (model / MODEL).read_bytes()
    except OSError as error:
        what = f"{model / MODEL}: cannot be read ({error.strerror})"
        raise ModelError(
            what, mend="name the folder of a music model that every worker sees under this path"
        ) from error
    return hashlib.sha256(network + f"hearing {INPUT_VERSION}".encode()).hexdigest()
