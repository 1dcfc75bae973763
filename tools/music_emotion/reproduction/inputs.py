"""What the networks are shown: features from the cache, scaled or drawn, made into batches when they are needed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from tools.audio.features import Scaler
from tools.music_emotion.model.spectrogram_picture import colours_of, draw_picture
from tools.music_emotion.reproduction.catalogue import Architecture, RowSettings
from tools.music_emotion.reproduction.feature_cache import features_of
from tools.music_emotion.reproduction.material import TrainingData


class Inputs:
    """The inputs of n songs, of one shape. Memory holds a batch of them, except that pictures are kept (8-bit)."""

    def __init__(self, songs: Sequence[NDArray[np.generic]], scaler: Scaler | None = None) -> None:
        """Show ``songs``: ``(bins, n_frames)`` each, in dB, or pictures ``(height, width, 4)`` of 8 bits."""
        self._songs, self.scaler = songs, scaler

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one input: frequencies and frames and 1, or height and width and 4."""
        height, width, *channels = self._songs[0].shape
        return height, width, channels[0] if channels else 1

    def batch(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the inputs of some songs, ``(n, *shape)``: dB, scaled dB, or colours in [0, 1]."""
        songs = np.array([self._songs[row] for row in rows])
        if songs.dtype == np.uint8:
            return colours_of(songs)
        values = songs if self.scaler is None else self.scaler.apply(songs)
        return np.asarray(values, dtype=np.float32)[..., np.newaxis]


def inputs_of(architecture: Architecture, material: TrainingData, settings: RowSettings, console: Console) -> Inputs:
    """Prepare what an architecture is shown of the songs; a scaler is fitted on those that are learnt from.

    :raises MienError: if a song or the cache cannot be read.
    """
    features = features_of(material.paths, settings.features(architecture.view), material.cache, console).features
    if architecture.view == "picture":
        return Inputs([draw_picture(song) for song in features])
    return Inputs(features, Scaler.fit(features[row] for row in material.split.train) if architecture.scaled else None)
