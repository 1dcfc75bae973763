"""From an observation to the nearest songs: one query vector, one matrix–vector product."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from device.emotion import FACE_PLACES, FACE_SIGMA, Place, Vectors, song_vectors
from device.observation import Observation
from device.song_table import Song, SongTable

QueryRule = Literal["centre", "sum"]

TOP = 5
"""How many songs a recommendation names, as in the source."""


@dataclass(frozen=True, slots=True)
class FaceVocabulary:
    """How face emotions lie in the songs' plane: their mean places, one σ for all, and the rectangle's k."""

    places: Mapping[str, Place] = field(default_factory=lambda: dict(FACE_PLACES))
    sigma: float = FACE_SIGMA
    k: float = 1.0

    def vectors(self, labels: Sequence[str]) -> Vectors:
        """Emotion vectors of these face labels, ``(n_labels, 8)`` in percent.

        :raises KeyError: for a label without a place.
        """
        valence, arousal = self._coordinates(labels)
        return song_vectors(valence, arousal, sigma_valence=self.sigma, sigma_arousal=self.sigma, k=self.k)

    def sum_query(self, observation: Observation) -> NDArray[np.float64]:
        """Σ seconds · vector, ``(8,)``: the source's query."""
        seconds = np.asarray(observation.seconds)
        total: NDArray[np.float64] = seconds @ self.vectors(observation.labels)
        return total

    def centre_query(self, observation: Observation) -> NDArray[np.float64]:
        """Vector of the rectangle around the mean place of the credited seconds, ``(8,)`` in percent.

        Its variance is the mixture's: that of the places themselves and σ² within each. With one emotion alone this is
        that emotion's own vector, exactly as in :meth:`sum_query`.
        """
        weights = np.asarray(observation.seconds) / sum(observation.seconds)
        means, deviations = [], []
        for coordinate in self._coordinates(observation.labels):
            mean = weights @ coordinate
            means.append(float(mean))
            deviations.append(float(np.sqrt(weights @ (coordinate - mean) ** 2 + self.sigma**2)))
        sigma_valence, sigma_arousal = deviations
        vector: NDArray[np.float64] = song_vectors(
            [means[0]],
            [means[1]],
            sigma_valence=sigma_valence,
            sigma_arousal=sigma_arousal,
            k=self.k,
        )[0]
        return vector

    def _coordinates(self, labels: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        places = [self.places[label] for label in labels]
        return np.array([p.valence for p in places]), np.array([p.arousal for p in places])


@dataclass(frozen=True, slots=True)
class RankedSong:
    """A song and the cosine of the angle between its vector and the query, in [0, 1]."""

    song: Song
    similarity: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The nearest songs, best first, the query that found them, and the observation behind it."""

    observation: Observation
    query: tuple[float, ...]
    ranked: tuple[RankedSong, ...]

    def reason(self, position: int = 0) -> str:
        """Why this song: the longest emotions, the song, and how near it is, in words."""
        choice = self.ranked[position]
        seconds = {label: f"{value:.1f}" for label, value in self.observation.by_label.items()}
        felt = ", ".join(f"{value} s {label}" for label, value in seconds.items() if value != "0.0")
        return f"{felt} → {choice.song.name}, similarity {choice.similarity:.2f}"


@dataclass(frozen=True, slots=True)
class Recommender:
    """Ranks a table's songs for an observation.

    :param table: the songs.
    :param playable: for each song of the table whether its file is there; others never rank.
    """

    table: SongTable
    playable: NDArray[np.bool_]
    vocabulary: FaceVocabulary = field(default_factory=FaceVocabulary)
    rule: QueryRule = "centre"
    top: int = TOP

    def recommend(self, observation: Observation, *, avoid: Container[int] = ()) -> Recommendation:
        """Rank the songs by cosine similarity with the observation's query, ties by song id.

        :param avoid: ids of songs played recently; they are passed over as long as others are left.
        :raises ValueError: if nothing was credited, so that there is no direction to compare with.
        """
        if observation.credited_seconds <= 0:
            msg = "no expression was seen, so there is nothing to compare songs with"
            raise ValueError(msg)
        by_rule = {"centre": self.vocabulary.centre_query, "sum": self.vocabulary.sum_query}
        query = by_rule[self.rule](observation)
        similarities = cosine_similarities(query, self.table.vectors)
        order = [int(row) for row in rank(similarities, self.playable)]
        chosen = _pass_over(order, self.table.songs, avoid, self.top)
        ranked = tuple(RankedSong(self.table.songs[row], float(similarities[row])) for row in chosen)
        return Recommendation(observation, tuple(float(value) for value in query), ranked)


def cosine_similarities(query: NDArray[np.float64], vectors: Vectors) -> NDArray[np.float64]:
    """Cosine of the angle between ``query`` ``(8,)`` and each row of ``vectors`` ``(n, 8)``; all entries ≥ 0."""
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    similarities: NDArray[np.float64] = np.clip(vectors @ query / lengths, 0, 1)
    return similarities


def rank(similarities: NDArray[np.float64], playable: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Row numbers of the playable songs, the most similar first, the earlier row of equals first."""
    rows = np.flatnonzero(playable)
    # Rounding makes ties of what differs only by the order of the additions.
    return rows[np.argsort(-np.round(similarities[rows], 12), kind="stable")]


def _pass_over(order: Sequence[int], songs: Sequence[Song], avoid: Container[int], top: int) -> list[int]:
    fresh = [row for row in order if songs[row].id not in avoid]
    return (fresh or list(order))[:top]
