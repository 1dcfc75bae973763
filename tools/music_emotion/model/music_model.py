"""What every music model can do, whatever it hears and answers: a song's excerpts → its place in the plane and shares.

A model is a folder. Its ``card.json`` says what the model ``hears`` (sample rate, features, excerpt, scaling), what it
``answers`` and how the song table is made from that (``table``); :mod:`tools.music_emotion.model.loading` reads it and
gives the model that it describes:

    musicnn_va      valence and arousal with σ → the shares of a rectangle around them
    label_network   the source's networks: percentages or probabilities of the labels
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from device.emotion.vectors import Vectors
from device.errors import ModelError
from tools.music_emotion.model.rectangle import drawn_deviations, vectors_of

Floats = NDArray[np.float64]

CARD, MODEL = "card.json", "model.tflite"
SCHEMA_VERSION = 2
"""Of the card. Cards of schema 1 are those of musicnn-va that say what it hears beside everything else."""
READABLE_SCHEMAS = (1, 2)

LEARNT_KS = (1, 2, 3)
"""The k of the rectangles that a network of the source can learn the shares of."""

_USUAL_K = 1.0


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a model is to be given of a song: excerpts of ``length`` values each, at ``sample_rate`` hertz."""

    sample_rate: int
    length: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """A song's place in the plane, both in [-1, 1], and σ of each: how far from it people may place the song.

    Of songs that were not learnt from, 68 % or so lie within ±1σ. ``percent`` are the shares of the eight song labels,
    summing to 100, where the model says them itself; where it is None they are those of a rectangle around the place.
    """

    valence: float
    arousal: float
    sigma_valence: float
    sigma_arousal: float
    percent: tuple[float, ...] | None = None


class MusicModel(Protocol):
    """A loaded model. One thread at a time."""

    folder: Path
    version: str

    hearing: Hearing
    """The excerpts that it takes."""

    backbone: str
    """What embeddings depend on, as a sha256; models that differ only in what follows share it."""

    @property
    def k(self) -> float | None:
        """The k of the rectangles that it learnt the shares of; None where they are drawn, with any k."""

    shares: str
    """What the eight shares of a song are, one of :data:`device.recommendation.song_table.SHARES`."""

    sigma_valence: float
    """σ that draws a usual song's rectangle; likewise ``sigma_arousal``."""
    sigma_arousal: float

    def embed(self, excerpts: NDArray[np.float32]) -> Floats:
        """Return a song's embedding ``(n_embedding,)``: what the networks say, the mean over its excerpts.

        :param excerpts: ``(n, length)`` mono at ``sample_rate`` in [-1, 1], n ≥ 1, as ``hearing`` says.
        """

    def place(self, embedding: Floats) -> Judgement:
        """Say of a song's embedding ``(n_embedding,)`` where the song lies."""

    def run_golden(self) -> int:
        """Run the golden input; return how many int8 steps the answer is off at most.

        :raises ModelError: if the file cannot be read, or it is off by more than the card's ``golden_tolerance_steps``.
        """


def agreed_k(model: MusicModel, asked: float | None) -> float:
    """Return the k that shares are to be of: the one that is asked for or, if none is, the model's own, or else 1.

    :raises ModelError: if another one is asked for than the model learnt.
    """
    if model.k is None:
        return _USUAL_K if asked is None else asked
    if asked not in (None, model.k):
        what = f"{model.folder}: this model learnt the shares of rectangles of k = {model.k:g}, and says no others"
        train = f"train a model with mien-tools train-music --k {asked:g}"
        raise ModelError(what, mend=f"leave --k out, or {train}" if asked in LEARNT_KS else "leave --k out")
    return model.k


def shares_of(judgements: Sequence[Judgement], k: float) -> Vectors:
    """Return the shares of the song labels, ``(n, 8)`` in percent: the model's own, or those of rectangles of this k.

    :param judgements: all of one model, n ≥ 1.
    """
    own = [said.percent for said in judgements if said.percent is not None]
    if own:
        return np.array(own, dtype=np.float64)
    places = np.array([(said.valence, said.arousal) for said in judgements])
    sigmas = drawn_deviations(np.array([(said.sigma_valence, said.sigma_arousal) for said in judgements]))
    return vectors_of(places, sigmas, k)
