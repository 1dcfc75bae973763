"""What an evening's songs are asked for: a face, a mood by its name, or a song that others are to be like."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS, MOODS, SONG_LABELS, Place, trouble_with_mood
from device.emotion.vectors import octant_of, song_vectors
from device.errors import MienError
from device.observation.observation import Observation
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import felt_words
from device.recommendation.song import Song

MIDDLE_RADIUS = 0.5
"""How far the middle of an octant lies from the plane's: half way out. Of DEAM's 1,802 songs one in seven lies further
out, and none further than .88."""

_FIRST_ANGLE, _OCTANT_ANGLE = 157.5, 45.0
"""Degrees, counter-clockwise from positive valence: the middle of the first song label, and from one to the next."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A direction and a place to seek songs by.

    :param vector: what songs are compared with, ``(8,)``, all ≥ 0 and not all 0.
    :param place: where in the plane that lies.
    :param words: what was asked for, for a person.
    :param first_song_id: the song that is played before all others, however near they are; None for the nearest.
    :raises ValueError: for a vector that is no direction.
    """

    vector: tuple[float, ...]
    place: Place
    words: str
    first_song_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse what nothing can be compared with."""
        shaped = len(self.vector) == len(SONG_LABELS) and all(0 <= share < math.inf for share in self.vector)
        if not (shaped and sum(self.vector) > 0):
            msg = f"{self.vector} is no direction to seek songs in"
            raise ValueError(msg)

    @property
    def query(self) -> NDArray[np.float64]:
        """The vector as an array."""
        return np.array(self.vector)

    @property
    def octant(self) -> str:
        """The song label that its place lies in."""
        return octant_of(self.place.valence, self.place.arousal)


def observed(observation: Observation, query: EmotionQuery) -> Wish:
    """Ask for what was seen: the box's own query, and the place that it is made around.

    :raises ValueError: if nothing was credited.
    """
    if observation.credited_seconds <= 0:
        msg = "no expression was seen, so there is nothing to compare songs with"
        raise ValueError(msg)
    centre = query.centre_of(observation)
    return Wish(_tuple(query.of(observation)), Place(centre.valence, centre.arousal), felt_words(observation))


def mood(word: str, query: EmotionQuery) -> Wish:
    """Ask for a song's emotion (calm, happy, …), that label alone, or for what a face's (sadness, …) would ask for.

    :raises MienError: for a word that is neither, with the nearest that is.
    """
    name = word.casefold()
    if name in SONG_LABELS:
        return Wish(tuple(100.0 if label == name else 0.0 for label in SONG_LABELS), middle_of(name), name)
    if name in FACE_LABELS:
        return Wish(_tuple(query.vectors([name])[0]), query.places[name], name)
    raise MienError(trouble_with_mood(word), mend=f"name {MOODS}")


def at_place(place: Place, query: EmotionQuery, *, words: str = "") -> Wish:
    """Ask for a place, by the rule and with the σ of a face emotion that lies there."""
    sigma = query.settings.sigma
    vectors = song_vectors(
        [place.valence], [place.arousal], sigma_valence=sigma, sigma_arousal=sigma, k=query.settings.k
    )
    return Wish(_tuple(vectors[0]), place, words or f"valence {place.valence:+.2f}, arousal {place.arousal:+.2f}")


def alike(song: Song) -> Wish:
    """Ask for a song, and then for those that are most like it."""
    return Wish(song.vector, Place(song.valence, song.arousal), f"music like {song.name}", song.id)


def middle_of(label: str) -> Place:
    """Return the middle of a song label's octant.

    :raises ValueError: for a word that is no song label.
    """
    angle = math.radians(_FIRST_ANGLE - _OCTANT_ANGLE * SONG_LABELS.index(label))
    return Place(MIDDLE_RADIUS * math.cos(angle), MIDDLE_RADIUS * math.sin(angle))


def _tuple(vector: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(share) for share in vector)
