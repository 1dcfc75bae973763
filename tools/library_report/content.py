"""What a report says of a song table, worked out before a line of the page is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.vectors import song_vectors, top_labels
from device.observation.observation import Observation
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import RankedSong, Recommender
from device.recommendation.song_table import SongTable
from device.settings.sections import Settings
from tools.library_report.neighbours import Neighbours, Progress, nearest_neighbours
from tools.library_report.reach import Reach, measure_reach, plausible_observations
from tools.song_library.skipped import Skipped

MOST_ON_MAP = 50_000
"""Songs that the map shows. Of a larger library it shows an even selection; all else in a report is of every song."""

OBSERVATIONS = 10_000
"""How many are simulated to measure the reach."""


@dataclass(frozen=True, slots=True)
class OctantRow:
    """One octant: its ``songs``, how many of them come within a top five, and its share of first plays in [0, 1]."""

    label: str
    songs: int
    named: int
    played: float


@dataclass(frozen=True, slots=True)
class EmotionAnswer:
    """What the box plays for a face that shows one ``emotion`` only: the nearest songs, the nearest first."""

    emotion: str
    ranked: tuple[RankedSong, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All that a report tells.

    ``octants`` holds the index in ``SONG_LABELS`` of each song's place, ``(n,)``; ``on_map`` the rows that the map
    shows, ``(m,)``, and ``neighbours`` their nearest among themselves, counted by their position in ``on_map``.
    """

    table: SongTable
    settings: Settings
    octants: NDArray[np.intp]
    reach: Reach
    answers: tuple[EmotionAnswer, ...]
    on_map: NDArray[np.intp]
    neighbours: Neighbours
    skipped: tuple[Skipped, ...]

    @property
    def octant_rows(self) -> list[OctantRow]:
        """The octants in canonical order."""
        count = len(SONG_LABELS)
        songs = np.bincount(self.octants, minlength=count)
        named = np.bincount(self.octants[self.reach.named], minlength=count)
        played = self.reach.plays_by(self.octants, count)
        rows = zip(SONG_LABELS, songs, named, played, strict=True)
        return [OctantRow(label, int(some), int(reached), float(share)) for label, some, reached, share in rows]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why files were passed over, and how many for each reason, the most frequent first."""
        return Counter(entry.reason for entry in self.skipped).most_common()


def gather_content(table: SongTable, skipped: Sequence[Skipped], progress: Progress, *, observations: int) -> Content:
    """Work out a report with the box's default settings.

    :param progress: is told of the songs whose neighbours are known, and of the observations made, together.
    :param observations: how many to simulate.
    """
    settings = Settings()
    asked = settings.recommendation
    on_map = _evenly(len(table.songs), MOST_ON_MAP)
    total = len(on_map) + observations
    vectors = table.vectors
    neighbours = nearest_neighbours(vectors[on_map], lambda done, _: progress(done, total))
    seen = list(plausible_observations(observations))
    reach = measure_reach(
        vectors,
        seen,
        lambda done, _: progress(len(on_map) + done, total),
        query=EmotionQuery(settings.places, asked),
    )
    everything = np.ones(len(table.songs), dtype=np.bool_)
    recommender = Recommender(table, everything, asked, settings.places)
    answers = tuple(EmotionAnswer(label, recommender.recommend(_only(label, settings)).ranked) for label in FACE_LABELS)
    octants = octants_of(table)
    return Content(table, settings, octants, reach, answers, on_map, neighbours, tuple(skipped))


def octants_of(table: SongTable) -> NDArray[np.intp]:
    """Index in ``SONG_LABELS`` of the octant that each song's place lies in, ``(n,)``: ``octant_of`` for them all."""
    places = np.array([(song.valence, song.arousal) for song in table.songs]).reshape(-1, 2)
    shares = song_vectors(places[:, 0], places[:, 1], sigma_valence=0, sigma_arousal=0)
    octants: NDArray[np.intp] = np.argmax(top_labels(shares), axis=1)
    return octants


def _only(label: str, settings: Settings) -> Observation:
    duration = settings.observation.seconds
    seconds = tuple(duration if name == label else 0.0 for name in FACE_LABELS)
    return Observation(FACE_LABELS, seconds, duration, 150, 150, 10.0)


def _evenly(count: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))
