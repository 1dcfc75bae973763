"""Keeps the features of songs on disk, so that each is decoded once for each kind of features.

CACHE/<settings>/<sha256 of the file>.npy

A song is found again when its file is moved or renamed, and heard again when its content or a setting changes. Every
file is complete or absent: a run that is stopped goes on with the songs that are missing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from device.files.atomic_files import unfinished
from tools.audio.features import Features, FeatureSettings, read_features
from tools.digests import digest
from tools.errors import AudioError, TrainingError
from tools.music_emotion.datasets.songs import Passed

_RECIPE = 1
"""To be raised whenever the same settings give other values, so that old files are no longer found."""


@dataclass(frozen=True, slots=True)
class HeardSongs:
    """The features of the songs that could be heard.

    ``features`` has an array of ``settings.shape`` for each; ``rows`` ``(n,)`` says which of the given paths they
    belong to, rising; ``passed`` names the others. ``recalled`` of the features were on disk before.
    """

    features: list[Features]
    rows: NDArray[np.intp]
    passed: tuple[Passed, ...]
    recalled: int


def features_of(paths: Sequence[Path], settings: FeatureSettings, cache: Path, console: Console) -> HeardSongs:
    """Return the features of songs, from the cache or else from their files, and print what was passed over and why.

    The arrays are memory maps that cannot be written to, since those of a large set exceed the memory; take what a
    batch needs. Spectrograms are kept as float16, at most 0.03 dB off (half its step between 64 and 128 dB, at a range
    of 80 dB), the waveform as float32. The first run gives the same values as every later one.

    :param cache: a folder; it is made if it is not there.
    :raises AudioError: if there are songs and not one of them can be heard.
    :raises TrainingError: if the cache cannot be written.
    """
    store = _Store(cache, settings)
    features, rows, passed = [], [], []
    for row, path in enumerate(track(paths, "hearing the songs", console=console)):
        try:
            features.append(store.recall(path))
        except AudioError as error:
            passed.append(Passed(str(path), error.what.removeprefix(f"{path}: ")))
        else:
            rows.append(row)
    if passed and not rows:
        what = f"{passed[0].song}: {passed[0].reason}; none of the {len(passed)} songs can be heard"
        raise AudioError(what, mend="look whether these are the data set's files, and whether players can play them")
    heard = HeardSongs(features, np.array(rows, dtype=np.intp), tuple(passed), store.recalled)
    _tell(heard, console)
    return heard


class _Store:
    """The folder of one kind of features."""

    def __init__(self, cache: Path, settings: FeatureSettings) -> None:
        self._settings = settings
        self._folder = cache / _folder_name(settings)
        self._dtype = np.dtype(np.float32 if settings.kind == "waveform" else np.float16)
        self.recalled = 0

    def recall(self, path: Path) -> Features:
        """Return a song's features, computed if they are not kept in one piece.

        :raises AudioError: if the song cannot be heard.
        """
        try:
            kept = self._folder / f"{digest(path)}.npy"
        except OSError as error:
            what = f"{path}: cannot be read ({error.strerror})"
            raise AudioError(what, mend="look whether the file is there, or copy it again") from error
        known = self._load(kept)
        if known is not None:
            self.recalled += 1
            return known
        self._keep(kept, read_features(path, self._settings).astype(self._dtype))
        written = self._load(kept)
        if written is None:
            what = f"{kept}: cannot be read back as it was written"
            raise TrainingError(what, mend="check that disk, or name another folder for the cache")
        return written

    def _load(self, kept: Path) -> Features | None:
        """Map a file; one that is absent, cut short or of another form counts for nothing."""
        try:
            features = np.load(kept, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return features if (features.shape, features.dtype) == (self._settings.shape, self._dtype) else None

    def _keep(self, kept: Path, features: Features) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished(kept, shared=True) as hidden, hidden.open("wb") as file:  # two trainings may share a cache
                np.save(file, features)
        except OSError as error:
            what = f"{self._folder}: the features cannot be kept ({error.strerror})"
            raise TrainingError(what, mend="free some space, or name a folder that can be written") from error


def _folder_name(settings: FeatureSettings) -> str:
    """Name every setting that decides what the features are; by default ``log-mel-22050-2048-512-128-45.0s-1``."""
    figures = [settings.sample_rate]
    if settings.kind != "waveform":
        figures += [settings.n_fft, settings.hop_length]
    if settings.kind == "log-mel":
        figures.append(settings.n_mels)
    return "-".join([settings.kind, *map(str, figures), f"{settings.seconds}s", str(_RECIPE)])


def _tell(heard: HeardSongs, console: Console) -> None:
    known = f", {heard.recalled} known from before" if heard.recalled else ""
    console.print(f"{len(heard.rows)} songs heard{known}", soft_wrap=True)
    for reason, count in Counter(entry.reason for entry in heard.passed).most_common():
        first = next(entry.song for entry in heard.passed if entry.reason == reason)
        more = f", {first} for one" if count > 1 else f": {first}"
        console.print(f"passed over {count}, {reason}{more}", soft_wrap=True, highlight=False)
