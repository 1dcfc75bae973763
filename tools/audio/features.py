"""What the source's networks are shown of a song: its sound, its spectrogram or its log-mel spectrogram.

    file → decode → the middle ``seconds`` of it → features → Scaler, fitted on the songs that are learnt from

The spectrograms are librosa's with its defaults, in numpy alone: frames centred on every ``hop_length``-th value, zeros
before the beginning and after the end, and decibels as of ``power_to_db``.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from device.errors import ModelError
from device.files.untrusted import BROKEN_ZIP, open_regular
from tools.audio import spectra
from tools.audio.decode import decode
from tools.audio.excerpts import SILENCE
from tools.errors import AudioError

Kind = Literal["waveform", "spectrogram", "log-mel"]

Features = NDArray[np.floating[Any]]
"""``(bins, n_frames)``, or ``(n,)`` for a waveform; float32 as computed, float16 as kept on disk."""

QUIETEST_POWER = 1e-10
"""Power below this counts as this, -100 dB: silence stays finite."""
DYNAMIC_RANGE_DB = 80.0
"""A spectrogram reaches this far below its own loudest value; what is quieter is set to that floor."""
SMALLEST_DEVIATION = 1e-3
"""A frequency bin that varies less than this, in the features' unit, is not blown up by scaling."""


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Which features, and of how much of a song.

    :raises ValueError: if a value cannot be used, with what to choose instead.
    """

    kind: Kind = "log-mel"
    """``waveform`` (the sound itself), ``spectrogram`` (STFT power in dB) or ``log-mel`` (mel band power in dB)."""

    sample_rate: int = 22_050
    """Hertz; the sound is resampled to it."""

    n_fft: int = 2048
    """Audio samples in a frame; even."""

    hop_length: int = 512
    """Audio samples from one frame to the next."""

    n_mels: int = 128
    """Mel bands from 0 Hz to half the sample rate."""

    seconds: float = 45.0
    """Length of the excerpt from the middle of a song; DEAM's own excerpts are 45 s."""

    def __post_init__(self) -> None:
        """Refuse what cannot be computed."""
        _require(self.kind in get_args(Kind), f"kind {self.kind!r}: choose one of {', '.join(get_args(Kind))}")
        for name in ("sample_rate", "n_fft", "hop_length", "n_mels"):
            value = getattr(self, name)
            _require(isinstance(value, int) and value > 0, f"{name} {value!r}: choose a whole number above 0")
        _require(self.n_fft % 2 == 0, f"n_fft {self.n_fft}: choose an even number")
        _require(self.hop_length <= self.n_fft, f"hop_length {self.hop_length}: choose at most n_fft, {self.n_fft}")
        _require(
            np.isfinite(self.seconds) and self.length >= self.n_fft,
            f"seconds {self.seconds}: choose at least one frame, {self.n_fft / self.sample_rate:.3f} s",
        )
        filters = spectra.mel_filters(sample_rate=self.sample_rate, n_fft=self.n_fft, n_mels=self.n_mels)
        _require(filters.any(axis=1).all(), f"n_mels {self.n_mels}: choose fewer, or a larger n_fft; a band is empty")

    @property
    def length(self) -> int:
        """Audio samples in an excerpt."""
        return round(self.seconds * self.sample_rate)

    @property
    def shape(self) -> tuple[int, ...]:
        """The features' shape: ``(length,)``, or ``(bins, n_frames)`` with n_frames = 1 + length // hop_length."""
        bins = {"waveform": (), "spectrogram": (self.n_fft // 2 + 1,), "log-mel": (self.n_mels,)}[self.kind]
        return (*bins, 1 + self.length // self.hop_length) if bins else (self.length,)


@dataclass(frozen=True, slots=True)
class Scaler:
    """Brings every frequency bin to mean 0 and deviation 1 over the songs it was fitted on.

    ``mean`` and ``deviation`` are ``(bins,)``, or ``()`` for a waveform, in the unit of the features. Fit it on the
    songs that are learnt from and on no others, and keep it with the model.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def fit(cls, features: Iterable[Features]) -> Self:
        """Measure songs, ``(bins, n_frames)`` or ``(n,)`` each, in one pass.

        :raises ValueError: if there are none.
        """
        count, total, squares = 0, np.zeros(()), np.zeros(())
        for song in features:
            values = np.asarray(song, dtype=np.float64)
            count += values.shape[-1]
            total = total + values.sum(axis=-1)
            squares = squares + (values**2).sum(axis=-1)
        if not count:
            msg = "no songs to fit a scaler on: choose a larger share for training"
            raise ValueError(msg)
        mean = total / count
        deviation = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
        return cls(mean, np.maximum(deviation, SMALLEST_DEVIATION))

    def apply(self, features: Features) -> NDArray[np.float32]:
        """Scale features of the same kind, time on the last axis: one song, or a batch of them."""
        scaled = (features - self.mean[..., np.newaxis]) / self.deviation[..., np.newaxis]
        return np.asarray(scaled, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write the scaler as ``.npz``."""
        with path.open("wb") as file:
            np.savez(file, mean=self.mean, deviation=self.deviation)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a scaler.

        :raises ModelError: if the file is missing or no scaler.
        """
        try:
            with open_regular(path, follow_links=True) as file, np.load(file, allow_pickle=False) as arrays:
                mean, deviation = arrays["mean"].astype(np.float64), arrays["deviation"].astype(np.float64)
        except (OSError, ValueError, TypeError, *BROKEN_ZIP) as error:
            what = f"{path}: the scaler cannot be read ({error})"
            raise ModelError(what, mend="copy the model again with its scaler, or train it again") from error
        if mean.shape != deviation.shape or not (np.isfinite([mean, deviation]).all() and (deviation > 0).all()):
            what = f"{path}: means {mean.shape} and deviations {deviation.shape} are no scaler"
            raise ModelError(what, mend="copy the model again with its scaler, or train it again")
        return cls(mean, deviation)


def read_features(path: Path, settings: FeatureSettings) -> NDArray[np.float32]:
    """Return the features of a file of music, of ``settings.shape``.

    :raises AudioError: if it cannot be decoded, or the middle of it is silent.
    """
    excerpt = middle_excerpt(decode(path, sample_rate=settings.sample_rate), length=settings.length)
    if not (np.abs(excerpt) > SILENCE).any():
        what = f"{path}: the middle of it is silent"
        raise AudioError(what, mend="leave it: it is passed over")
    return compute_features(excerpt, settings)


def middle_excerpt(blocks: Iterable[NDArray[np.float32]], *, length: int) -> NDArray[np.float32]:
    """Return the middle ``(length,)`` values of a song, in one pass that holds at most half of it and one excerpt.

    A shorter song is repeated until it fills the excerpt, as :func:`tools.audio.excerpts.evenly_spaced_excerpts` does:
    padding with silence would show a network how long the file is, and blur a scaler's means with it. A song of no
    values at all becomes silence.
    """
    kept: deque[NDArray[np.float32]] = deque()
    passed = total = 0
    for block in blocks:
        kept.append(block)
        total += len(block)
        while passed + len(kept[0]) <= (total - length) // 2:
            passed += len(kept.popleft())
    audio: NDArray[np.float32] = np.concatenate([np.empty(0, dtype=np.float32), *kept])
    if total < length:
        return np.resize(audio, length)
    start = (total - length) // 2 - passed
    return audio[start : start + length]


def compute_features(audio: NDArray[np.float32], settings: FeatureSettings) -> NDArray[np.float32]:
    """Return the features of mono sound ``(n,)`` in [-1, 1], of the kind that the settings name."""
    match settings.kind:
        case "waveform":
            return np.asarray(audio, dtype=np.float32)
        case "spectrogram":
            return spectrogram_db(audio, settings)
        case "log-mel":
            return log_mel_db(audio, settings)


def volume(audio: NDArray[np.float32], settings: FeatureSettings) -> NDArray[np.float32]:
    """Return how loud mono sound ``(n,)`` is over time: ``(n_frames,)`` in dB of full scale, -100 or more.

    It is the root mean square of every frame, at the same times as the spectrograms; a full sine has -3.01 dB.
    """
    frames = spectra.frames_of(_padded(audio, settings), length=settings.n_fft, hop_length=settings.hop_length)
    energy: NDArray[np.float64] = np.einsum("ij,ij->i", frames, frames).astype(np.float64)
    return _decibels(energy / settings.n_fft)


def spectrogram_db(audio: NDArray[np.float32], settings: FeatureSettings) -> NDArray[np.float32]:
    """Return the power of the short-time Fourier transform of mono sound ``(n,)`` in [-1, 1].

    :returns: ``(n_fft // 2 + 1, n_frames)`` in dB, with n_frames = 1 + n // hop_length; 0 dB is a power of 1, whatever
        the song's own level: arousal is heard in loudness, which a reference to the song's maximum would take away.
        The floor lies ``DYNAMIC_RANGE_DB`` below the maximum, or at -100 dB. Silence is -100 dB throughout.
    """
    return _limited(_decibels(_power(audio, settings).T))


def log_mel_db(audio: NDArray[np.float32], settings: FeatureSettings) -> NDArray[np.float32]:
    """Return the power in mel bands, ``(n_mels, n_frames)``, in dB; the rest is as in :func:`spectrogram_db`."""
    filters = spectra.mel_filters(sample_rate=settings.sample_rate, n_fft=settings.n_fft, n_mels=settings.n_mels)
    return _limited(_decibels(filters @ _power(audio, settings).T))


def _power(audio: NDArray[np.float32], settings: FeatureSettings) -> NDArray[np.float64]:
    padded = _padded(audio, settings)
    return spectra.power_spectrogram(padded, n_fft=settings.n_fft, hop_length=settings.hop_length, precision=np.float64)


def _padded(audio: NDArray[np.float32], settings: FeatureSettings) -> NDArray[np.float32]:
    return np.pad(audio, settings.n_fft // 2)


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(10 * np.log10(np.maximum(power, QUIETEST_POWER)), dtype=np.float32)


def _limited(decibels: NDArray[np.float32]) -> NDArray[np.float32]:
    limited: NDArray[np.float32] = np.maximum(decibels, decibels.max() - np.float32(DYNAMIC_RANGE_DB))
    return limited


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
