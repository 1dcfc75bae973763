"""Reads clips with perceived valence and arousal, in a form that is as easily made for an owner's own music.

annotations.csv    song_id,genre,valence,arousal; ratings from -10 to 10
audio/             a file a song, named after its song_id with any suffix of sound
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tools.digests import digest
from tools.errors import DatasetError
from tools.model_making.csv_tables import read_table
from tools.music_emotion.datasets.entries import Facts, RatedSong, gather_songs, number, refuse_repeated, sounds_in
from tools.music_emotion.datasets.songs import AnnotatedSongs

TABLE = "annotations.csv"
COLUMNS = ("song_id", "genre", "valence", "arousal")
RATING_LIMIT = 10.0
"""Ratings run from -10 to 10 and are divided by this."""

_TERMS = "non-commercial research, unless they are the owner's"


def holds_clips_va(folder: Path) -> bool:
    """Say whether a folder has this form."""
    return (folder / TABLE).is_file()


def read_clips_va(folder: Path, *, heard: bool = True) -> AnnotatedSongs:
    """Read all clips, grouped by genre; the set goes by the folder's name.

    :param heard: whether their sound is needed; otherwise it is not looked for, and no clip is a copy of another.
    :raises DatasetError: if a file or a column is missing, a rating lies outside ±10, or a song is named twice.
    """
    table, audio = folder / TABLE, folder / "audio"
    entries = read_table(table, columns=COLUMNS, parse=_parse)
    refuse_repeated(table, [entry.song for entry in entries])
    sounds = sounds_in(audio) if heard else None
    absent = [entry.song for entry in entries if sounds is not None and entry.song not in sounds]
    facts = Facts(name=folder.resolve().name, grouped_by="genre", terms=_TERMS)
    same = _first_with_the_same_sound(sounds or {})
    entries = [replace(entry, source=same.get(entry.song, entry.song)) for entry in entries]
    if 0 < len(absent) < len(entries):
        what = f"{audio}: {len(absent)} of {len(entries)} clips are missing, {absent[0]} for one"
        raise DatasetError(what, mend=f"put their files there, or take their rows out of {TABLE}")
    return gather_songs(facts, entries, sounds, folder=audio, sha256=digest(table))


def _first_with_the_same_sound(sounds: Mapping[str, Path]) -> dict[str, str]:
    """Return the first song by name whose file is byte for byte a song's own: copies are one source."""
    first: dict[str, str] = {}
    return {song: first.setdefault(digest(sounds[song]), song) for song in sorted(sounds)}


def _parse(row: Mapping[str, str]) -> RatedSong:
    valence, arousal = (
        number(row, axis, low=-RATING_LIMIT, high=RATING_LIMIT) / RATING_LIMIT for axis in ("valence", "arousal")
    )
    song = row["song_id"]
    if not (song and row["genre"]):
        msg = "song_id or genre is empty"
        raise ValueError(msg)
    return RatedSong(song, row["genre"], song, valence, arousal)
