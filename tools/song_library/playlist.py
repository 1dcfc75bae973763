"""Chooses songs of a table for an emotion and a length of time, and writes them as an extended M3U."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from device.emotion.labels import Place
from device.errors import MienError
from device.files.untrusted import plain
from device.programme.next_song import HISTORY, next_song
from device.programme.programme import Programme
from device.programme.taste import How
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import POOR_SIMILARITY, cosine_similarities
from device.recommendation.recommendation import RankedSong, Recommender
from device.recommendation.song_table import Song, SongTable
from device.recommendation.titles import song_titled
from device.recommendation.wish import Wish, alike, at_place, mood
from device.settings.sections import ProgrammeSettings
from tools.errors import PlaylistError

_ESCAPED_BEGINNINGS = ("#", " ", "\t", "\ufeff")


def emotion_wish(emotion: str) -> Wish:
    """Return the wish for a song label or a face label.

    A song label asks for that label alone; a face label for what the box would ask when it sees nothing but that face.

    :raises PlaylistError: for a word that is neither, with the nearest that is.
    """
    return _refused_as_playlist(lambda: mood(emotion, EmotionQuery()))


def place_wish(place: Place) -> Wish:
    """Return the wish for a place, by the rule and with the σ of a face emotion."""
    return at_place(place, EmotionQuery())


def like_wish(part: str, table: SongTable) -> Wish:
    """Return the wish for a song by a part of its title, and for those like it.

    :raises PlaylistError: if no song has it, or several have.
    """
    return _refused_as_playlist(lambda: alike(song_titled(part, table)))


def _refused_as_playlist(wish: Callable[[], Wish]) -> Wish:
    try:
        return wish()
    except MienError as error:
        raise PlaylistError(error.what, mend=error.mend) from error


@dataclass(frozen=True, slots=True)
class Playlist:
    """The chosen songs in their order, and how many of the table are missing or cannot be named in an M3U.

    ``similarities`` tell of each song, as it was chosen, how near it is to what it was sought by, in [0, 1]: to what
    was asked for, or to a place on the way to a goal.
    """

    songs: tuple[Song, ...]
    missing: int = 0
    unnameable: int = 0
    similarities: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of all songs together."""
        return sum(song.seconds for song in self.songs)

    @property
    def summary(self) -> str:
        """Say in one line what was chosen and what could not be."""
        count = len(self.songs)
        parts = [f"{count} song{'s' if count > 1 else ''}, {self.seconds / 60:.1f} minutes"]
        parts += [self._poverty] if self._poverty else []
        parts += [f"{self.missing} left out: their files are missing"] if self.missing else []
        parts += [f"{self.unnameable} left out: a list cannot hold their paths' line breaks"] if self.unnameable else []
        return "; ".join(parts)

    @property
    def _poverty(self) -> str:
        """Say that songs were chosen because there are no nearer ones; empty if all are near."""
        poor = sum(round(similarity, 2) < POOR_SIMILARITY for similarity in self.similarities)
        if poor == len(self.similarities) and poor:
            best = f"the best similarity is {max(self.similarities):.2f}"
            return f"no song that can come is near what was asked for: {best}, a poor match"
        below = f"below a similarity of {POOR_SIMILARITY:.2f}"
        return f"{poor} of them {'is a poor match' if poor == 1 else 'are poor matches'}, {below}" if poor else ""


def choose(
    table: SongTable,
    wish: Wish,
    *,
    seconds: float,
    music: Path | None = None,
    rules: ProgrammeSettings | None = None,
) -> Playlist:
    """Choose the songs that the box would play for a wish, one after the other, until ``seconds`` are full.

    They are chosen by the box's own code, without history and with nothing learnt: the nearest first, artists apart,
    and by the way to a goal if the rules name one. No song comes twice, and without a goal none that shares nothing
    with the wish. The song that crosses the mark comes too if the whole is then nearer to ``seconds`` than without it,
    and if it is the only one. So the whole differs from ``seconds`` by half a song at most, unless the songs do not
    suffice or the first one is longer.

    :param music: the music folder; if given, songs whose files are not there are left out.
    :param rules: the box's, its defaults if none are given; how long music goes on does not count.
    :raises PlaylistError: if the table is empty, or no song can come.
    """
    if not table.songs:
        what = "the song table holds no songs"
        raise PlaylistError(what, mend="analyse your music first: mien-tools analyse MUSIC_FOLDER --table songs.sqlite")
    rules = rules or ProgrammeSettings()
    nameable = np.array([not _breaks_lines(song.path) for song in table.songs])
    present = np.ones_like(nameable) if music is None else table.present_under(music)
    playable = nameable & present
    if rules.goal == "match":
        playable &= cosine_similarities(wish.query, table.vectors) > 0
    choices = _fill(_evening(Programme(wish, replace(rules, after_song="continue")), table, playable), seconds)
    if not choices:
        what = f"none of the {len(table.songs)} songs can come: the files are missing, or none has this emotion at all"
        raise PlaylistError(what, mend="check --music, or ask for another emotion")
    return Playlist(
        tuple(choice.song for choice in choices),
        missing=int((~present).sum()),
        unnameable=int((~nameable).sum()),
        similarities=tuple(choice.similarity for choice in choices),
    )


def _evening(programme: Programme, table: SongTable, playable: NDArray[np.bool_]) -> Iterator[RankedSong]:
    """Give song after song until the first would come again."""
    recommender = Recommender(table, playable)
    while (step := next_song(programme, recommender, seconds_in=0.0)) is not None and HISTORY not in step.gave_way:
        yield step.choice
        programme = programme.begun(step).ended(How.ENDED, step.choice.song.seconds)


def shuffled(songs: Sequence[Song], seed: int) -> tuple[Song, ...]:
    """Return the same songs in an order that the seed decides."""
    order = list(songs)
    random.Random(seed).shuffle(order)  # noqa: S311 - no secret, and one seed must give one order
    return tuple(order)


def m3u8(songs: Iterable[Song], *, music: Path | None = None) -> str:
    """Write songs as an extended M3U in UTF-8: ``#EXTINF:213,Artist - Title``, then the path.

    A length that is not known is -1, as players expect.

    :param music: the music folder, for absolute paths; without it paths are relative to that folder, where the list
        then belongs. A relative path that would be taken for a comment or an address begins with ``./``.
    """
    lines = ["#EXTM3U"]
    for song in songs:
        title = plain(f"{song.artist} - {song.title}" if song.artist else song.title)
        lines.append(f"#EXTINF:{round(song.seconds) or -1},{title}")
        lines.append(_relative(song.path) if music is None else str(music.absolute() / song.path))
    return "\n".join([*lines, ""])


def _fill(choices: Iterable[RankedSong], seconds: float) -> list[RankedSong]:
    chosen: list[RankedSong] = []
    total = 0.0
    for choice in choices:
        length = choice.song.seconds
        if total >= seconds or (chosen and total + length - seconds >= seconds - total):
            break
        chosen.append(choice)
        total += length
    return chosen


def _relative(path: str) -> str:
    taken_otherwise = path.startswith(_ESCAPED_BEGINNINGS) or ":" in path.partition("/")[0]
    return f"./{path}" if taken_otherwise else path


def _breaks_lines(path: str) -> bool:
    return "\n" in path or "\r" in path
