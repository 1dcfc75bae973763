"""What a report says of a song table, worked out before a line of the page is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS
from device.recommendation.query import EmotionQuery
from device.recommendation.song_table import SongTable
from device.settings.sections import Settings
from tools.library_report.moods import EmotionAnswer, answers_of, missing_moods, octants_of
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
    cut_off: tuple[Skipped, ...] = ()

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
    def missing(self) -> list[str]:
        """The song labels that no song has."""
        return missing_moods(self.octants)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why files were passed over, and how many for each reason, the most frequent first."""
        return Counter(entry.reason for entry in self.skipped).most_common()


def gather_content(
    table: SongTable,
    skipped: Sequence[Skipped],
    progress: Progress,
    *,
    observations: int,
    cut_off: Sequence[Skipped] = (),
) -> Content:
    """Work out a report with the box's default settings.

    :param progress: is told of the songs whose neighbours are known, and of the observations made, together.
    :param observations: how many to simulate.
    :param cut_off: songs of the table whose files lack their end.
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
    answers = answers_of(table, settings)
    return Content(
        table, settings, octants_of(table), reach, answers, on_map, neighbours, tuple(skipped), tuple(cut_off)
    )


def _evenly(count: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))
