"""Which song follows the last one (pure; time is an argument).

Without a goal the songs go on through the ranking by cosine. Rules come before nearness, and where a library is too
small for all of them the first gives way first:

1. no octant is jumped: a song lies in the octant of the last one that was heard, or in one beside it;
2. artists stay apart by ``artists_apart`` songs, by fewer where they are too few;
3. nothing comes that was played in this programme or in the last sessions; where nothing else is left, what was played
   longest ago. A small library would soon be driven out of the mood by that: where all that is left is poor, and
   further from the wish than a song of the last sessions by more than ``DEAREST_REST``, such songs come again, those
   first that have rested longest.

With a goal (:mod:`device.programme.goal`) the first song is the same; each next one is sought around a place a step
further. Then a song lies no further than ``MOST_JUMP`` from the last one, and nearer to the goal: this stands in the
place of the first rule, and gives way after the second one, and after songs of the last sessions have come again.

What was learnt (:mod:`device.programme.taste`) moves the nearness of a song by ``MOST_BONUS`` at the very most. The
source's rule is reached by ``SOURCE_RULES``, no history and nothing learnt: the order of
:func:`device.recommendation.ranking.rank`, song by song.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import SONG_LABELS, Place
from device.programme.goal import MOST_JUMP, NEAR_GOAL, destination, distance, next_place
from device.programme.programme import Programme, Step
from device.programme.taste import Tastes, content_number
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import DECIMALS, POOR_SIMILARITY, cosine_similarities, nearest
from device.recommendation.recommendation import RankedSong, Recommender
from device.recommendation.song import Song
from device.recommendation.song_index import NO_ARTIST
from device.recommendation.wish import Wish, at_place

NOTHING_LEARNT = Tastes()

OCTANTS, ARTISTS, HISTORY, RESTED, JUMP = (
    "an octant was passed over: no song is left between",
    "the artist was heard only recently: there are too few others",
    "it was played only recently: everything else was, too",
    "it was played only recently: so was everything else near this mood",
    "a leap: no song is left between",
)
"""What a step says of the rules that gave way for it."""

DEAREST_REST = 0.2
"""How much of a similarity is given up, below ``POOR_SIMILARITY``, to let a song of the last sessions rest."""

Places = NDArray[np.float64]
"""Valence and arousal of songs, ``(n, 2)``."""

_LOOKED_AT = (64, 1000)
"""How many of the nearest songs are looked at for one that keeps the rules of the plane, and how many before they give
way."""


def next_song(
    programme: Programme, songs: Recommender, *, seconds_in: float, tastes: Tastes = NOTHING_LEARNT
) -> Step | None:
    """Choose the song that follows; None when the programme is over, or no song can be played.

    :param songs: the table, what of it can be played, and how songs are asked for. A song whose file turns out not to
        be there is struck off there.
    :param seconds_in: seconds since the first song began, 0 before.
    :param tastes: what was learnt.
    :raises SongTableError: if the row of a song that is looked at is damaged.
    """
    if programme.is_over(seconds_in, most_skips=min(songs.settings.top, int(songs.playable.sum()))):
        return None
    seeker = _Seeker(programme, songs, tastes)
    while (found := seeker.find()) is not None:
        (song,) = songs.table.at([found.row])
        if songs.present(song.path):
            return _step(found, song, songs, programme.fade_after(song.seconds, seconds_in))
        songs.playable[found.row] = False
    return None


def _step(found: "_Found", song: Song, songs: Recommender, fade: float | None) -> Step:
    """Put together what is told of a song."""
    octant = SONG_LABELS[int(songs.table.index.quantised_vectors[found.row].argmax())]
    return Step(RankedSong(song, found.similarity), found.sought, octant, found.row, fade, found.gave_way)


@dataclass(frozen=True, slots=True)
class _Found:
    """A song of the table and how near it is to what it was sought by."""

    row: int
    sought: Wish
    similarity: float
    gave_way: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The nearest songs there are: their rows, cosine and bonus, all ``(n,)``."""

    rows: NDArray[np.intp]
    similarities: NDArray[np.float64]
    bonuses: NDArray[np.float64]

    def ordered(self, nearness: NDArray[np.float64]) -> "_Candidates":
        """Order them by nearness, what was learnt included; the earlier row of equals comes first."""
        order = np.lexsort((self.rows, -np.round(nearness + self.bonuses, DECIMALS)))
        return self.only(order)

    def only(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> "_Candidates":
        """Keep these, in this order."""
        return _Candidates(self.rows[which], self.similarities[which], self.bonuses[which])

    def first(self, sought: Wish, gave_way: tuple[str, ...]) -> _Found:
        """Take the first of them."""
        return _Found(int(self.rows[0]), sought, float(self.similarities[0]), gave_way)


@dataclass(frozen=True, slots=True)
class _Seeker:
    """One search: for a programme as it is, over the songs as they are."""

    programme: Programme
    songs: Recommender
    tastes: Tastes

    def find(self) -> _Found | None:
        """Return the next song by the rules, whether its file is there or not."""
        fresh, repeated = self._fresh()
        if not fresh.any():
            return None
        heard = self.programme.steps_heard
        if not self.programme.played and (asked := self._asked_for()):
            return asked
        if self.programme.rules.goal != "match" and heard:
            return self._towards_the_goal(heard, fresh, repeated)
        apart, crowded = self._apart(fresh)
        left_similarity = -1.0 if repeated else self._best_similarity(apart)
        rested, others_crowded = self._apart(self._rested(left_similarity))
        if rested.any() and (repeated or crowded or not others_crowded):
            apart, crowded, repeated = rested, others_crowded, repeated or (RESTED,)
        return self._nearest(apart, heard[-1].octant if heard else None, crowded + repeated)

    def _asked_for(self) -> _Found | None:
        """Return the song that was asked for by its name, if it can be played."""
        wish, index = self.programme.wish, self.songs.table.index
        rows = index.rows_of([] if wish.first_song_id is None else [wish.first_song_id])
        if not (rows.size and self.songs.playable[rows[0]]):
            return None
        return _Found(int(rows[0]), wish, float(cosine_similarities(wish.query, index.quantised_vectors[rows])[0]))

    def _fresh(self) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
        """Say of each song, ``(n,)``, whether it may come, having not been played recently.

        Where no such song is left, the quarter that was played longest ago may come again: one song of a few.
        """
        playable = self.songs.playable.copy()
        recent = self.songs.table.index.rows_of(self.programme.recent)  # the latest first, as they are given
        recent = recent[playable[recent]]
        fresh = playable.copy()
        fresh[recent] = False
        if fresh.any() or not recent.size:
            return fresh, ()
        fresh[recent[recent.size - max(recent.size // 4, 1) :]] = True
        return fresh, (HISTORY,)

    def _before(self) -> NDArray[np.intp]:
        """Rows of the songs of the last sessions that can come again: not in this programme, nor at once."""
        own = {played.step.choice.song.id for played in self.programme.played}
        known = [song_id for song_id in self.programme.recent[1:] if song_id not in own]
        rows = self.songs.table.index.rows_of(known)
        playable: NDArray[np.intp] = rows[self.songs.playable[rows]]
        return playable

    def _rested(self, left_similarity: float) -> NDArray[np.bool_]:
        """Say which songs of the last sessions, ``(n,)``, come before what else is left: of those that are near the
        wish, the quarter that was played longest ago.

        :param left_similarity: of the nearest song that is left, -1 if none is. None comes again where that is near
            enough.
        """
        rows, rested = self._before(), np.zeros_like(self.songs.playable)
        if rows.size and left_similarity < POOR_SIMILARITY:
            vectors = self.songs.table.index.quantised_vectors[rows]
            similarities = cosine_similarities(self.programme.wish.query, vectors)
            least = min(POOR_SIMILARITY, float(similarities.max()) - DEAREST_REST)
            near = rows[similarities >= least] if left_similarity < least else rows[:0]
            rested[near[near.size - max(near.size // 4, 1) :] if near.size else near] = True
        return rested

    def _best_similarity(self, allowed: NDArray[np.bool_]) -> float:
        """Return how near the nearest of these songs is to the wish."""
        _, similarities = nearest(self.programme.wish.query, self.songs.table.index, allowed, most=1)
        return float(similarities[0])

    def _apart(self, fresh: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
        """Leave out the artists of the last songs, of fewer of them where nobody else is left."""
        artists = self.songs.table.index.artists
        last = [int(artists[played.step.row]) for played in self.programme.played]
        last = last[::-1][: self.programme.rules.artists_apart]
        for songs_apart in range(len(last), 0, -1):
            left = fresh.copy()
            for artist in set(last[:songs_apart]) - {NO_ARTIST}:
                left &= artists != artist
            if left.any():
                return left, () if songs_apart == len(last) else (ARTISTS,)
        return fresh, (ARTISTS,) if last else ()

    def _nearest(self, allowed: NDArray[np.bool_], last_octant: str | None, gave_way: tuple[str, ...]) -> _Found:
        """Choose by the cosine: the nearest song that jumps no octant, if there is one."""
        wish = self.programme.wish
        for candidates in self._candidates(wish, allowed):
            ordered = candidates.ordered(candidates.similarities)
            if last_octant is None or not self.programme.rules.octants_in_turn:
                return ordered.first(wish, gave_way)
            apart = (self._octants(ordered.rows) - SONG_LABELS.index(last_octant)) % len(SONG_LABELS)
            beside = np.minimum(apart, len(SONG_LABELS) - apart) <= 1
            if beside.any():
                return ordered.only(beside).first(wish, gave_way)
        return ordered.first(wish, (OCTANTS, *gave_way))

    def _towards_the_goal(self, heard: tuple[Step, ...], fresh: NDArray[np.bool_], repeated: tuple[str, ...]) -> _Found:
        """Choose by the place: the song nearest to the next one on the way, of other artists if there is one."""
        rules = self.programme.rules
        way = _Way(heard[-1].place, destination(rules.goal, self.programme.wish.place))
        target = next_place(way.last, way.end, steps_left=max(rules.path_songs - len(heard), 1))
        words = f"song {len(heard) + 1} of {rules.path_songs} on the way" if len(heard) < rules.path_songs else "there"
        sought = at_place(target, EmotionQuery(self.songs.places, self.songs.settings), words=f"{rules.goal}, {words}")
        apart, crowded = self._apart(fresh)
        tries = [(apart, crowded + repeated)]
        if not np.array_equal(apart, fresh):
            tries.append((fresh, (ARTISTS, *repeated)))
        if (before := self._before()).size:
            again = fresh.copy()
            again[before] = True
            again, others_crowded = self._apart(again)
            tries.append((again, (*others_crowded, *(repeated or (RESTED,)))))
        for allowed, gave_way in tries:
            for candidates in self._candidates(sought, allowed):
                on_the_way, nearness = way.further(self._places(candidates.rows), target)
                if on_the_way.any():
                    chosen = candidates.only(on_the_way).ordered(nearness[on_the_way])
                    return chosen.first(sought, gave_way)
        *_, candidates = self._candidates(sought, apart)
        which, nearness, leap = way.otherwise(self._places(candidates.rows), target)
        chosen = candidates.only(which).ordered(nearness[which])
        return chosen.first(sought, (JUMP,) * leap + crowded + repeated)

    def _candidates(self, sought: Wish, allowed: NDArray[np.bool_]) -> Iterator[_Candidates]:
        """Give the nearest few of the songs that may come, then more of them: all that something was learnt of, and the
        nearest of the others.
        """
        index, query = self.songs.table.index, sought.query
        learnt, bonuses = self._learnt(sought.octant, allowed)
        others = allowed.copy()
        others[learnt] = False
        similarities = cosine_similarities(query, index.quantised_vectors[learnt])
        for most in _LOOKED_AT:
            rows, near = nearest(query, index, others, most=most)
            yield _Candidates(
                np.concatenate([learnt, rows]),
                np.concatenate([similarities, near]),
                np.concatenate([bonuses, np.zeros(len(rows))]),
            )
            if len(rows) < most:
                return

    def _learnt(self, part: str, allowed: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return rows and bonuses of the songs that something was learnt of, and that are still the same songs."""
        known = self.tastes.bonuses(part, likes_lift=self.programme.likes_lift)
        rows = self.songs.table.index.rows_of(known)
        rows = rows[allowed[rows]]
        songs = self.songs.table.at(rows)
        same = np.array([known[song.id][0] == content_number(song.content_hash) for song in songs], dtype=np.bool_)
        return rows[same], np.array([known[song.id][1] for song in songs], dtype=np.float64)[same]

    def _octants(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        octants: NDArray[np.intp] = self.songs.table.index.quantised_vectors[rows].argmax(axis=1)
        return octants

    def _places(self, rows: NDArray[np.intp]) -> Places:
        return np.array([(song.valence, song.arousal) for song in self.songs.table.at(rows)])


@dataclass(frozen=True, slots=True)
class _Way:
    """From the last song that was heard to the goal."""

    last: Place
    end: Place

    def further(self, places: Places, target: Place) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Say which songs are a step on the way, and how near each is to where it was sought.

        Close to the goal all are that are no jump.
        """
        left = distance(self.last, self.end)
        no_jump = _distances(places, self.last) <= MOST_JUMP
        return no_jump & ((_distances(places, self.end) < left) | (left <= NEAR_GOAL)), -_distances(places, target)

    def otherwise(self, places: Places, target: Place) -> tuple[NDArray[np.bool_], NDArray[np.float64], bool]:
        """Say what comes where no song is a step on the way: what lies beyond the gap, else what is no jump, else
        whatever is nearest; and whether it is a leap.
        """
        jumps = _distances(places, self.last)
        beyond = _distances(places, self.end) < distance(self.last, self.end)
        if beyond.any():
            return beyond, -jumps, True
        if (jumps <= MOST_JUMP).any():
            return jumps <= MOST_JUMP, -_distances(places, target), False
        return np.ones(len(places), dtype=np.bool_), -jumps, True


def _distances(places: Places, place: Place) -> NDArray[np.float64]:
    apart: NDArray[np.float64] = np.hypot(places[:, 0] - place.valence, places[:, 1] - place.arousal)
    return apart
