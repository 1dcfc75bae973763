"""Simulated evenings: a library, a hand at the button and a player of one song at a time, by a clock that is counted.

    python tests/benchmarks/evenings.py [--evenings 1000] [--seed 0]

Nothing is read and nothing is timed. Every evening draws a library (1 to 60 songs, few artists or many, some without,
lengths of 20 s to 10 minutes or not known, all over the plane or in one corner of it; every third has 2,000 songs),
files that are not there or go while the music plays, a face, a mood or a song to begin with, rules (every goal, long
and short, the source's too), what was played before and what was learnt. Then a hand skips, lets play, is looked at
anew, or stops. What must hold is asserted after every event, by :func:`spend`; an evening that breaks it is named by
its seed.
"""

import argparse
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from device.emotion.labels import FACE_LABELS, SONG_LABELS
from device.emotion.vectors import song_vectors
from device.observation.observation import Observation
from device.programme.next_song import ARTISTS, HISTORY, RESTED, next_song
from device.programme.programme import LEAST_SECONDS, SOURCE_RULES, Programme, Step
from device.programme.taste import MOST_ENTRIES, How, Tastes
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import POOR_SIMILARITY, cosine_similarities
from device.recommendation.recommendation import Recommender
from device.recommendation.song_table import Header, Song, SongTable
from device.recommendation.wish import Wish, alike, mood, observed
from device.settings.sections import GOALS, ProgrammeSettings

HEADER = Header(1.0, 0.2, 0.2, "drawn at random")
MOST_EVENTS = 500
"""An evening of 90 minutes with songs of 20 s, every one skipped in between, has fewer."""


@dataclass(slots=True)
class Evening:
    """What came of one evening."""

    songs: int = 0
    repeats: int = 0
    seconds: float = 0.0
    ended_by: str = ""
    gave_way: Counter[str] = field(default_factory=Counter)


def draw_table(random: np.random.Generator) -> SongTable:
    """Draw a library."""
    count = 2000 if random.random() < 1 / 3 else int(random.integers(1, 61))
    centre, spread = random.uniform(-0.4, 0.4, 2), random.choice([0.05, 0.35])
    places = np.clip(random.normal(centre, spread, (count, 2)), -1, 1)
    sigmas = random.uniform(0.05, 0.35, (count, 2))
    vectors = song_vectors(*places.T, sigma_valence=sigmas[:, 0], sigma_arousal=sigmas[:, 1])
    artists = int(random.choice([1, 3, max(count // 4, 1), count]))
    names = [f"Artist {number}" if number else "" for number in random.integers(0, artists + 1, count)]
    lengths = np.where(random.random(count) < 0.1, 0.0, random.uniform(20, 600, count))
    ids = np.cumsum(random.integers(1, 4, count))
    return SongTable(
        HEADER,
        tuple(
            Song(
                *(int(song_id), f"{song_id}.mp3", f"Title {song_id}", artist, "", float(seconds), f"{song_id:064x}"),
                *(*map(float, place), tuple(vector.tolist())),
            )
            for song_id, artist, seconds, place, vector in zip(ids, names, lengths, places, vectors, strict=True)
        ),
    )


def draw_wish(random: np.random.Generator, table: SongTable) -> Wish:
    """Draw a face, a mood by its name, or a song to be like."""
    kind = random.integers(0, 4)
    if kind == 0:
        return mood(str(random.choice([*SONG_LABELS, *FACE_LABELS])), EmotionQuery())
    if kind == 1:
        return alike(table.songs[int(random.integers(0, len(table.songs)))])
    seconds = random.dirichlet(np.full(len(FACE_LABELS), 0.3)) * random.uniform(3, 15)
    return observed(Observation(FACE_LABELS, tuple(seconds), 15.0, 150, 150, 10.0), EmotionQuery())


def draw_rules(random: np.random.Generator) -> ProgrammeSettings:
    """Draw rules, the source's in one of ten cases."""
    if random.random() < 0.1:
        return SOURCE_RULES
    return ProgrammeSettings(
        after_song="stop" if random.random() < 0.1 else "continue",
        minutes=float(random.choice([0.5, 10, 45, 90])),
        goal=random.choice(GOALS),
        path_songs=int(random.integers(1, 9)),
        artists_apart=int(random.integers(0, 7)),
        octants_in_turn=bool(random.random() < 0.8),
    )


class Room:
    """A household for one evening: the songs, what was learnt, a player, and a clock that is counted."""

    def __init__(self, seed: int) -> None:
        """Draw everything there is."""
        self.random = np.random.default_rng(seed)
        self.table = draw_table(self.random)
        self.absent = {song.path for song in self.table.songs if self.random.random() < 0.05}
        playable = self.random.random(len(self.table.songs)) < 0.95
        self.songs = Recommender(self.table, playable, present=lambda path: path not in self.absent)
        known = self.random.permutation(self.table.index.ids)[: int(self.random.integers(0, 40))]
        self.programme = Programme(
            draw_wish(self.random, self.table), draw_rules(self.random), tuple(int(song_id) for song_id in known)
        )
        self.tastes, self.clock, self.begun_at = Tastes().pressed(), 1e6 * self.random.random(), 0.0
        self.heard: list[tuple[float, float]] = []
        self.evening = Evening()

    @property
    def seconds_in(self) -> float:
        """Since the first song of the programme."""
        return self.clock - self.begun_at if self.programme.played else 0.0

    def spend(self) -> Evening:
        """Let the evening pass; return what came of it.

        :raises AssertionError: if something happens that must not.
        """
        for _ in range(MOST_EVENTS):
            step = next_song(self.programme, self.songs, seconds_in=self.seconds_in, tastes=self.tastes)
            if step is None:
                self._check_the_end()
                break
            self._check(step)
            self._play(step)
            if self.evening.ended_by:
                break
        assert self.evening.ended_by, "the evening does not end"
        return self.evening

    def _play(self, step: Step) -> None:
        assert not self.heard or self.heard[-1][1] <= self.clock, "two songs at once"
        if not self.programme.played:
            self.begun_at = self.clock
        self.programme = self.programme.begun(step)
        length = step.choice.song.seconds or float(self.random.uniform(5, 700))
        whole = length if step.fade_after_seconds is None else min(length, step.fade_after_seconds)
        heard, how = whole, How.ENDED if whole == length else How.FADED
        match self.random.random():
            case chance if chance < 0.25:
                heard, how = min(float(self.random.exponential(40)), whole), How.SKIPPED
            case chance if chance < 0.28:
                heard, how = 0.0, How.FAILED
                self.absent.add(step.choice.song.path)
            case chance if chance < 0.30:
                heard, how, self.evening.ended_by = float(self.random.uniform(0, whole)), How.FADED, "stopped"
        self.heard.append((self.clock, self.clock + heard))
        self.clock += heard + float(self.random.uniform(0, 0.3))
        self.programme = self.programme.ended(how, heard)
        self.tastes = self.tastes.heard(step.choice.song, step.sought.octant, how, heard)
        assert len(self.tastes.counts) <= MOST_ENTRIES
        self.evening.songs += 1
        self.evening.seconds = self.clock - self.begun_at
        self.evening.gave_way.update(step.gave_way)
        if self.random.random() < 0.03:  # looked at anew: another programme, which knows what has played
            wish = draw_wish(self.random, self.table)
            self.programme = Programme(wish, self.programme.rules, self.programme.recent)
            self.tastes = self.tastes.pressed()

    def _check(self, step: Step) -> None:
        """What must hold of every song that is chosen."""
        song, index = step.choice.song, self.table.index
        assert self.songs.playable[step.row], "a song that cannot be played"
        assert song.path not in self.absent, "a song whose file is gone"
        played = {played.step.choice.song.id for played in self.programme.played}
        fresh = self.songs.playable.copy()
        fresh[index.rows_of([*played, *self.programme.history])] = False
        there = [path not in self.absent for path in self.table.paths()]
        asked = song.id == self.programme.wish.first_song_id and not self.programme.played
        if not asked and (song.id in played or song.id in self.programme.history):
            if RESTED in step.gave_way:
                self._check_rested(step, fresh & there, played)
            else:
                assert not (fresh & there).any(), "a repeat while others are left"
                assert HISTORY in step.gave_way
            self.evening.repeats += 1
        elif not asked:
            assert HISTORY not in step.gave_way
            assert RESTED not in step.gave_way or self.programme.rules.goal != "match"
            self._check_artist(step, fresh & there)
        if self.programme.rules.after_song == "continue" and step.fade_after_seconds is not None:
            assert self.seconds_in + step.fade_after_seconds <= 60 * self.programme.rules.minutes + 1e-6

    def _check_rested(
        self, step: Step, fresh: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], played: set[int]
    ) -> None:
        """A song of the last sessions comes again only where what is left is poor, and further from the wish."""
        assert step.choice.song.id not in played, "twice in an evening while others are left"
        assert step.choice.song.id != self.programme.recent[0], "twice in a row while others are left"
        if self.programme.rules.goal == "match":
            artists, rules = self.table.index.artists, self.programme.rules
            last = [int(artists[played.step.row]) for played in self.programme.played][::-1][: rules.artists_apart]
            others = fresh & ~np.isin(artists, [artist for artist in last if artist >= 0])
            vectors = self.table.index.quantised_vectors[others]
            left = cosine_similarities(self.programme.wish.query, vectors)
            assert left.max(initial=0) < min(POOR_SIMILARITY, step.choice.similarity), "a repeat while others are near"

    def _check_artist(self, step: Step, fresh: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
        artists = self.table.index.artists
        last = [int(artists[played.step.row]) for played in self.programme.played][::-1]
        last = last[: self.programme.rules.artists_apart]
        if artists[step.row] >= 0 and int(artists[step.row]) in last:
            assert ARTISTS in step.gave_way
            others = fresh & ~np.isin(artists, [artist for artist in last if artist >= 0])
            assert self.programme.rules.goal != "match" or not others.any(), "an artist again while others are left"

    def _check_the_end(self) -> None:
        """Music ends when its time is over, or when nothing can be played; never else."""
        rules = self.programme.rules
        if not any(self.songs.playable):
            self.evening.ended_by = "no songs"
        elif rules.after_song == "stop":
            self.evening.ended_by = "one song"
        else:
            self.evening.ended_by = "time"
            assert self.programme.played, "no song though there are some"
            assert 60 * rules.minutes - self.seconds_in < LEAST_SECONDS, "silence before the time is over"


def spend(seed: int) -> Evening:
    """Spend the evening of a seed."""
    return Room(seed).spend()


def main() -> None:
    """Spend the evenings and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evenings", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    ends, gave_way = Counter[str](), Counter[str]()
    songs, repeats, hours = 0, 0, 0.0
    for seed in range(arguments.seed, arguments.seed + arguments.evenings):
        try:
            evening = spend(seed)
        except AssertionError as error:
            parser.exit(1, f"evening {seed}: {error}\n")
        ends[evening.ended_by] += 1
        gave_way += evening.gave_way
        songs, repeats, hours = songs + evening.songs, repeats + evening.repeats, hours + evening.seconds / 3600
    print(f"{arguments.evenings} evenings, {hours:,.0f} hours, {songs:,} songs; none stuck, no two songs at once")
    rested = gave_way[RESTED]
    print(f"played again: {repeats}, {repeats - rested} since nothing was left, {rested} since nothing near was")
    print("ended by: " + ", ".join(f"{name} {count}" for name, count in ends.most_common()))
    print("gave way: " + ", ".join(f"{name} {count}" for name, count in gave_way.most_common()))


if __name__ == "__main__":
    main()
