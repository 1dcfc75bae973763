"""What a library lacks: moods that none of its songs has, and faces that the box answers with a poor match."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.vectors import song_vectors, top_labels
from device.observation.observation import Observation
from device.recommendation.ranking import POOR_SIMILARITY
from device.recommendation.recommendation import RankedSong, Recommender
from device.recommendation.song_table import SongTable
from device.settings.sections import Settings


@dataclass(frozen=True, slots=True)
class EmotionAnswer:
    """What the box plays for a face that shows one ``emotion`` only: the nearest songs, the nearest first."""

    emotion: str
    ranked: tuple[RankedSong, ...]

    @property
    def poor(self) -> bool:
        """Tell whether even the nearest song is a poor match; a library without songs has no poor one."""
        return bool(self.ranked) and self.ranked[0].poor


def answers_of(table: SongTable, settings: Settings) -> tuple[EmotionAnswer, ...]:
    """Ask the box's own recommender for each face emotion in turn; all songs are playable, and none is recent."""
    everything = np.ones(len(table.songs), dtype=np.bool_)
    recommender = Recommender(table, everything, settings.recommendation, settings.places)
    return tuple(EmotionAnswer(label, recommender.recommend(_only(label, settings)).ranked) for label in FACE_LABELS)


def octants_of(table: SongTable) -> NDArray[np.intp]:
    """Index in ``SONG_LABELS`` of the octant that each song's place lies in, ``(n,)``: ``octant_of`` for them all."""
    places = np.array([(song.valence, song.arousal) for song in table.songs]).reshape(-1, 2)
    shares = song_vectors(places[:, 0], places[:, 1], sigma_valence=0, sigma_arousal=0)
    octants: NDArray[np.intp] = np.argmax(top_labels(shares), axis=1)
    return octants


def missing_moods(octants: NDArray[np.intp]) -> list[str]:
    """Name the song labels that no song has, in canonical order.

    :param octants: of every song, ``(n,)``.
    """
    songs = np.bincount(octants, minlength=len(SONG_LABELS))
    return [label for label, count in zip(SONG_LABELS, songs, strict=True) if not count]


def moods_lines(table: SongTable) -> list[str]:
    """Say for a person which moods no song of a table has, and what the box will play for a face all the same.

    With the box's default settings. Nothing where every mood has songs and every face a good match.
    """
    missing = missing_moods(octants_of(table))
    poor = [answer for answer in answers_of(table, Settings()) if answer.poor]
    lines = [f"To the model no song here sounds {listed(missing, 'or')}."] if missing else []
    if not poor:
        return [*lines, "Every face finds a song near it all the same."] if missing else []
    lines.append(f"The box plays the nearest all the same, which is a poor match (below {POOR_SIMILARITY:.2f}) for")
    lines += [f"  {answer.emotion}: {nearest_words(answer.ranked[0])}" for answer in poor]
    return [*lines, "More music of such a mood mends that; mien-tools report shows where your songs lie."]


def nearest_words(choice: RankedSong) -> str:
    """Name a song, and how near it is."""
    return f"{choice.song.name}, similarity {choice.similarity:.2f}"


def listed(words: Sequence[str], last: str) -> str:
    """Join words as a sentence does: ``a, b or c``."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _only(label: str, settings: Settings) -> Observation:
    duration = settings.observation.seconds
    seconds = tuple(duration if name == label else 0.0 for name in FACE_LABELS)
    return Observation(FACE_LABELS, seconds, duration, 150, 150, 10.0)
