"""From an observation to the nearest songs: one query vector, one matrix–vector product, and what to pass over."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import FACE_PLACES, Place
from device.observation.observation import Observation
from device.observation.plane_place import MeanPlace
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import DECIMALS, POOR_SIMILARITY, nearest
from device.recommendation.song_index import NO_ARTIST
from device.recommendation.song_table import Song, SongTable
from device.settings.sections import RecommendationSettings

_LOOKED_AT = 4
"""How many songs for each that is wanted are taken from the ranking at once."""

_MOST_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class RankedSong:
    """A song and the cosine of the angle between its vector and the query, in [0, 1]."""

    song: Song
    similarity: float

    @property
    def poor(self) -> bool:
        """Tell whether the song is the nearest there is rather than near: as it is shown, with two decimals."""
        return round(self.similarity, 2) < POOR_SIMILARITY


def felt_words(observation: Observation) -> str:
    """Say the seconds of each emotion that was seen, such as ``9.8 s happiness, 4.1 s surprise``."""
    seconds = {label: f"{value:.1f}" for label, value in observation.by_label.items()}
    return ", ".join(f"{value} s {label}" for label, value in seconds.items() if value != "0.0")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The nearest songs, best first, the query that found them, and the observation behind it.

    ``asked`` says in words what was asked for where there is no observation, and what a song on the way to a goal was
    sought by.
    """

    observation: Observation | None
    query: tuple[float, ...]
    ranked: tuple[RankedSong, ...]
    passed_over: tuple[RankedSong, ...] = ()
    """Nearer songs than the first, best first, which had played only recently."""
    centre: MeanPlace | None = None
    """The place that the query was made around; None where it is the sum of the emotions' vectors."""
    asked: str = ""
    first_ranked: int = 0
    """How many of the songs were ranked at once, if another has come after them; else 0."""

    def reason(self, position: int = 0) -> str:
        """Why this song: the longest emotions, the song, and how near it is, in words."""
        choice = self.ranked[position]
        return f"{self.asked or self._felt} → {choice.song.name}, similarity {choice.similarity:.2f}"

    @property
    def _felt(self) -> str:
        return felt_words(self.observation) if self.observation else ""

    def with_song(self, choice: RankedSong, query: tuple[float, ...], words: str) -> tuple["Recommendation", int]:
        """Return it with a further song of the evening, and that song's place among the ranked ones.

        A song that was found by the same query and is not ranked takes the place after those that are. One that was
        sought by another query, on the way to a goal, stands alone.

        :param query: what the song was sought by, ``(8,)``.
        :param words: the same in words.
        """
        if query != self.query:
            return Recommendation(self.observation, query, (choice,), asked=words), 0
        ids = [known.song.id for known in self.ranked]
        if choice.song.id in ids:
            return self, ids.index(choice.song.id)
        first = self.ranked[: self.first_ranked or len(self.ranked)]
        return replace(self, ranked=(*first, choice), first_ranked=len(first)), len(first)


@dataclass(frozen=True, slots=True)
class Recommender:
    """Ranks a table's songs for an observation.

    :param table: the songs.
    :param playable: for each song of the table whether its file is there; others never rank. A song that turns out not
        to be there is struck off here.
    :param settings: how songs are asked for, how many a recommendation names, and how many of one artist; songs without
        an artist are as many as they are.
    :param places: where each face emotion lies in the plane.
    :param present: looks whether the file of a path is there, when its song is about to be chosen.
    """

    table: SongTable
    playable: NDArray[np.bool_]
    settings: RecommendationSettings = field(default_factory=RecommendationSettings)
    places: Mapping[str, Place] = field(default_factory=lambda: dict(FACE_PLACES))
    present: Callable[[str], bool] = lambda _path: True

    def recommend(self, observation: Observation, *, avoid: Collection[int] = ()) -> Recommendation:
        """Rank the songs by cosine similarity with the observation's query, ties by song id.

        Where the artists are too few for a whole recommendation, their second songs fill it, the nearest first, then
        their third ones, and so on; what was played recently gives way last.

        :param avoid: ids of songs played recently; they are passed over as long as others are left.
        :raises ValueError: if nothing was credited, so that there is no direction to compare with.
        :raises SongTableError: if the row of a song that should be named is damaged.
        """
        if observation.credited_seconds <= 0:
            msg = "no expression was seen, so there is nothing to compare songs with"
            raise ValueError(msg)
        rule = EmotionQuery(self.places, self.settings)
        centre = rule.centre_of(observation) if self.settings.query == "centre" else None
        return self.rank(rule.of(observation), avoid=avoid, observation=observation, centre=centre)

    def rank(
        self,
        query: NDArray[np.float64],
        *,
        avoid: Collection[int] = (),
        observation: Observation | None = None,
        centre: MeanPlace | None = None,
        asked: str = "",
    ) -> Recommendation:
        """Return the nearest songs of a query ``(8,)``, by the rules of :meth:`recommend`.

        :param observation: what the query was made of, and with ``centre`` the place; None if it was ``asked`` for in
            these words.
        """
        fresh = self.playable.copy()
        fresh[self.table.index.rows_of(avoid)] = False
        ranked = self._choose(query, fresh)
        passed_over = self._nearer(query, self.playable & ~fresh, ranked[0]) if ranked else ()
        ranked = ranked or self._choose(query, self.playable.copy())
        vector = tuple(float(value) for value in query)
        return Recommendation(observation, vector, ranked, passed_over, centre, asked)

    def _nearer(
        self, query: NDArray[np.float64], avoided: NDArray[np.bool_], first: RankedSong
    ) -> tuple[RankedSong, ...]:
        """Name those of the songs that were avoided which are nearer than the first that was not."""
        rows, similarities = nearest(query, self.table.index, avoided, most=max(int(avoided.sum()), 1))
        songs = zip(similarities.tolist(), self.table.at(rows), strict=True)
        return tuple(RankedSong(song, similarity) for similarity, song in songs if similarity > first.similarity)

    def _choose(self, query: NDArray[np.float64], left: NDArray[np.bool_]) -> tuple[RankedSong, ...]:
        """Name the nearest of the songs that are left, within the cap for each artist, which rises if it must.

        Every turn takes at least one song from ``left`` or raises the cap, so there is an end.
        """
        chosen: dict[int, RankedSong] = {}
        counts: Counter[int] = Counter()
        cap, many = self.settings.songs_per_artist or self.settings.top, self.settings.top * _LOOKED_AT
        while len(chosen) < self.settings.top:
            open_to = left & self.playable & ~self._full(counts, cap)  # some may be struck off from aside meanwhile
            rows, similarities = nearest(query, self.table.index, open_to, most=many)
            if not rows.size:
                if cap >= self.settings.top:
                    break
                cap += 1
                continue
            for row, similarity, song in zip(rows.tolist(), similarities.tolist(), self.table.at(rows), strict=True):
                artist = int(self.table.index.artists[row])
                if counts[artist] >= cap or len(chosen) == self.settings.top:
                    continue
                left[row] = False
                if not self.present(song.path):
                    self.playable[row] = False
                    continue
                chosen[row] = RankedSong(song, similarity)
                counts[artist] += artist != NO_ARTIST
            many = min(many * _LOOKED_AT, _MOST_LOOKED_AT)  # whoever has to look again had better look further
        return tuple(choice for _row, choice in sorted(chosen.items(), key=_nearest_first))

    def _full(self, counts: Counter[int], cap: int) -> NDArray[np.bool_]:
        """Say of each song whether its artist may not come again, ``(n,)``."""
        full = [artist for artist, count in counts.items() if count >= cap]
        return np.isin(self.table.index.artists, full)


def _nearest_first(entry: tuple[int, RankedSong]) -> tuple[float, int]:
    row, choice = entry
    return -round(choice.similarity, DECIMALS), row
