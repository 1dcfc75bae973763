"""One of the source's networks as a music model: it hears excerpts of a song and answers with the labels' shares.

model.tflite    full int8: features of one excerpt → percentages, or probabilities, of the labels
scaler.npz      mean and deviation of every frequency bin, where the card says that inputs are scaled
card.json       what it hears and answers, how the table is made, figures, data, terms
golden.npz      features of a drawn sound and the network's answer

A song's shares: the mean of the network's answers to its excerpts, negative ones set to 0, brought to a sum of 100
(even shares if nothing is left). A network that learnt the grid has a ninth label, neutral; its share goes to the
others in equal parts, since the octants meet in the grid's middle and cut it evenly. A song's place: the mean of the
labels' places, weighed by all shares; σ of both axes is by how much that missed the songs that chose the round of
training.

No tensorflow.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import LABELS, Plane, Vectors
from device.errors import ModelError
from device.files.untrusted import Fields
from device.recommendation.song_table import PERCENTAGES, PROBABILITIES
from tools.audio.features import FeatureSettings, Scaler, compute_features
from tools.digests import digest
from tools.model_making.on_device import load_model
from tools.music_emotion.model.golden import draw_sound, run_golden
from tools.music_emotion.model.head import AXES
from tools.music_emotion.model.model_input import INPUT_VERSION, for_networks
from tools.music_emotion.model.music_model import MODEL, Floats, Hearing, Judgement
from tools.music_emotion.model.spectrogram_picture import colours_of, draw_picture

NETWORK_KINDS = (PERCENTAGES, PROBABILITIES)
"""The kinds of answers, as cards and song tables call them."""

VIEWS = ("spectrogram", "picture", "log-mel")
"""``spectrogram`` and ``log-mel`` in dB; ``picture``: the spectrogram drawn with a colour map."""

SCALER = "scaler.npz"
_LEAST_SIGMA = 1e-6
_OCTANT_CENTRES = np.array([(-2, 1), (-1, 2), (1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1)]) / 3
"""Valence and arousal of the centre of gravity of each song label's triangle, in the order of ``SONG_LABELS``."""

_MEND = "copy the music model again, or train it again with mien-tools train-music"


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """What a network is shown of an excerpt."""

    view: str
    features: FeatureSettings
    scaler: Scaler | None

    def of(self, excerpt: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the input ``(1, height, width, channels)`` of sound ``(length,)``: dB, scaled dB, or colours."""
        features = compute_features(excerpt, self.features)
        if self.view == "picture":
            return colours_of(draw_picture(features))[np.newaxis]
        values = features if self.scaler is None else self.scaler.apply(features)
        return np.asarray(values, dtype=np.float32)[np.newaxis, ..., np.newaxis]


class LabelNetwork:
    """The loaded network, a :class:`tools.music_emotion.model.music_model.MusicModel`. One thread at a time."""

    def __init__(self, folder: Path, card: Mapping[str, Any]) -> None:
        """Load a folder.

        :param card: what :func:`tools.music_emotion.model.loading.read_card` has read there.
        :raises ModelError: if a file is missing or unreadable, or the parts do not belong together.
        :raises ValueError: if the card lacks what is needed, or says it otherwise.
        """
        self.folder, self.version = folder, str(card["version"])
        self._golden_tolerance_steps = int(card["golden_tolerance_steps"])
        hears, answers, table = (Fields(card[name], name) for name in ("hears", "answers", "table"))
        self.shares = answers.text("kind", "")
        self.labels = _labels(answers)
        table.need("k", "sigma", "missed", "label_places")
        self.k: float | None = table.number("k", 1.0, least=0.01, most=100)
        self.sigma_valence, self.sigma_arousal = _both_axes(table, "sigma")
        self._missed = _both_axes(table, "missed")
        self._label_places = _places(table, self.labels)
        self._input = _network_input(folder, hears)
        settings = self._input.features
        self.hearing = Hearing(settings.sample_rate, settings.length)
        self._model = load_model(folder / MODEL)
        if card.get("model_sha256") not in (None, digest(folder / MODEL)):
            what = f"{folder}: the card is that of another {MODEL}"
            raise ModelError(what, mend=_MEND)
        shapes = (self._model.input_shape, self._model.output_shape)
        expected = (self._input.of(np.zeros(settings.length, dtype=np.float32)).shape, (1, len(self.labels)))
        if shapes != expected:
            forms = " and ".join(f"{taken} → {given}" for taken, given in (shapes, expected))
            what = f"{folder}: the model and its card do not belong together ({forms})"
            raise ModelError(what, mend=_MEND)
        self.backbone = _backbone(folder, self._input)

    def embed(self, excerpts: NDArray[np.float32]) -> Floats:
        """Return what the network answers, ``(n_labels,)``, the mean over the excerpts, as it stands.

        :param excerpts: ``(n, length)`` mono at ``hearing.sample_rate`` in [-1, 1], n ≥ 1.
        """
        answers = [self._model.run(self._input.of(excerpt))[0] for excerpt in for_networks(excerpts)]
        mean: Floats = np.mean(answers, axis=0, dtype=np.float64)
        return mean

    def place(self, embedding: Floats) -> Judgement:
        """Say of what the network answered, ``(n_labels,)``, which shares and which place that makes."""
        percent = normalised(embedding[np.newaxis])
        valence, arousal = np.clip(percent[0] @ self._label_places / 100, -1.0, 1.0).tolist()
        return Judgement(valence, arousal, *self._missed, tuple(of_song_labels(percent)[0].tolist()))

    def run_golden(self) -> int:
        """Run the golden input; return how many int8 steps the answer is off at most.

        :raises ModelError: if the file cannot be read, it is off by more than the card's ``golden_tolerance_steps``, or
            features or scaler are not those that made the golden input.
        """
        shown = self._input.of(draw_sound(self.hearing.length, self.hearing.sample_rate))
        return run_golden(self._model, self.folder, tolerance_steps=self._golden_tolerance_steps, shown=shown)


def normalised(answers: NDArray[np.floating[Any]]) -> Vectors:
    """Bring answers ``(n, n_labels)`` to percent: negative ones to 0, and every row to a sum of 100."""
    positive = np.maximum(np.asarray(answers, dtype=np.float64), 0.0)
    positive[~positive.any(axis=1)] = 1.0
    percent: Vectors = positive / positive.sum(axis=1, keepdims=True) * 100
    return percent


def of_song_labels(percent: Vectors) -> Vectors:
    """Return the shares of the eight song labels of those of a plane's labels, ``(n, 8 or 9)``; rows sum to 100."""
    labels = len(SONG_LABELS)
    octants: Vectors = percent[:, :labels] + percent[:, labels:].sum(axis=1, keepdims=True) / labels
    return octants


def label_centres(plane: Plane) -> Floats:
    """Return the centre of gravity of every label's region of the plane, ``(n_labels, 2)``.

    An octant is the triangle between the centre, the middle of a side and a corner. In the grid it lacks the part in
    the middle squares, a quarter of its area at half the distance; neutral is these squares and lies in the centre.
    """
    if plane == "octants":
        return _OCTANT_CENTRES.copy()
    outer = (_OCTANT_CENTRES - _OCTANT_CENTRES / 2 / 4) / (1 - 1 / 4)
    return np.vstack([outer, (0.0, 0.0)])


def fitted_label_places(percent: Vectors, places: Floats, plane: Plane) -> Floats:
    """Return the places of the labels ``(n_labels, 2)`` that :meth:`LabelNetwork.place` weighs: their regions' centres,
    all drawn nearer to the middle, or away from it, by the one factor that meets these songs' places best.

    Of DEAM's songs at k = 1 the factor is .63, and their places are met within .059 (RMSE, both axes); the centres
    themselves miss them by .15, as a rectangle that lies about the middle touches labels on all sides.

    :param percent: ``(n, n_labels)``, n ≥ 1, as :func:`normalised` gives them.
    :param places: valence and arousal, ``(n, 2)``.
    """
    centres = label_centres(plane)
    means = percent @ centres / 100
    spread = float((means**2).sum())
    factor = float((means * places).sum()) / spread if spread > 0 else 1.0
    return centres * max(factor, 0.0)


def _labels(answers: Fields) -> tuple[str, ...]:
    labels = answers.texts("labels")
    if labels not in LABELS.values():
        msg = f"answers.labels are {', '.join(labels) or 'missing'}, not the song labels in their order"
        raise ValueError(msg)
    return labels


def _both_axes(table: Fields, key: str) -> tuple[float, float]:
    axes = table.fields(key) or Fields({})
    axes.need(*AXES)
    valence, arousal = (axes.number(axis, 0.0, least=_LEAST_SIGMA, most=2) for axis in AXES)
    return valence, arousal


def _places(table: Fields, labels: Sequence[str]) -> Floats:
    places = dict(table.items("label_places") or ())
    rows = [Fields(places.get(label), f"table.label_places.{label}") for label in labels]
    for row in rows:
        row.need(*AXES)
    return np.array([[row.number(axis, 0.0, least=-10, most=10) for axis in AXES] for row in rows])


def _network_input(folder: Path, hears: Fields) -> NetworkInput:
    view = hears.text("view", "")
    if view not in VIEWS:
        msg = f"hears.view is {view!r}, none of {', '.join(VIEWS)}"
        raise ValueError(msg)
    usual = FeatureSettings()
    features = FeatureSettings(
        kind="log-mel" if view == "log-mel" else "spectrogram",
        sample_rate=hears.whole("sample_rate", usual.sample_rate, least=1000, most=192_000),
        n_fft=hears.whole("n_fft", usual.n_fft, least=2, most=2**16),
        hop_length=hears.whole("hop_length", usual.hop_length, least=1, most=2**16),
        n_mels=hears.whole("n_mels", usual.n_mels, least=1, most=1024),
        seconds=hears.number("seconds", usual.seconds, most=60),
    )
    return NetworkInput(view, features, _scaler(folder, hears, features))


def _scaler(folder: Path, hears: Fields, features: FeatureSettings) -> Scaler | None:
    name = hears.text("scaler", None)
    if name is None:
        return None
    if name != SCALER:
        msg = f"hears.scaler is {name!r}, neither {SCALER} nor null"
        raise ValueError(msg)
    scaler = Scaler.load(folder / SCALER)
    if scaler.mean.shape != features.shape[:1]:
        what = f"{folder / SCALER}: scales {scaler.mean.shape} frequency bins, and the card says {features.shape[:1]}"
        raise ModelError(what, mend=_MEND)
    return scaler


def _backbone(folder: Path, network_input: NetworkInput) -> str:
    """Hash what answers depend on: the network, the scaler, the features and the rules by which songs are heard."""
    content = hashlib.sha256((folder / MODEL).read_bytes())
    if network_input.scaler is not None:
        content.update((folder / SCALER).read_bytes())
    content.update(repr((network_input.view, network_input.features)).encode())
    content.update(f"hearing {INPUT_VERSION}".encode())
    return content.hexdigest()
