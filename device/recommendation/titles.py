"""A song by a part of its title: the one that is meant, or which there are (pure)."""

import heapq

from device.errors import MienError
from device.files.untrusted import plain
from device.recommendation.song import Song, song_name
from device.recommendation.song_table import SongTable

_MOST_NAMED = 3
_LONGEST_NAMED = 60
_LONGEST_PATH = 200
"""As much as can be asked for; only of songs whose names are cut off alike."""
_ALIKE = 0.3
"""Share of a word's letter triples that a title has too, for it to be named as near."""


def song_titled(part: str, table: SongTable) -> Song:
    """Return the song whose title, or title and artist, has this part; one whose whole title it is goes before others,
    and one whose whole path it is before those.

    Case does not count. All titles are gone through: 10,000 in some tens of milliseconds.

    :raises MienError: if no song has it, with the nearest titles, or several have.
    :raises SongTableError: if a row is damaged.
    """
    wanted = " ".join(part.casefold().split())
    found, whole = list[int](), list[int]()
    for row, path in enumerate(table.paths()):
        if path.casefold() == wanted:
            return table.at([row])[0]
    for row, (title, artist) in enumerate(table.titles()):
        folded = title.casefold()
        if wanted == folded:
            whole.append(row)
        elif wanted in folded or wanted in song_name(folded, artist.casefold()):
            found.append(row)
    rows = whole or found
    if len(rows) == 1:
        return table.at(rows)[0]
    if not rows:
        near = _nearest(wanted, table)
        what = f"no song is called {plain(part, most=_LONGEST_NAMED)!r}"
        raise MienError(
            what, mend=f"write a part of a title, {_named(near)} say" if near else "write a part of a title"
        )
    what = f"{len(rows)} songs have {plain(part, most=_LONGEST_NAMED)!r} in their names"
    names = _names(rows[:_MOST_NAMED], table)
    or_path = ", or a path" if {*names} & {song.path for song in table.at(rows[:_MOST_NAMED])} else ""
    raise MienError(what, mend=f"write more of it{or_path}: {_named(names)}")


def _names(rows: list[int], table: SongTable) -> list[str]:
    """Name the songs of these rows, no two of them alike: by their paths if it must be, which differ."""
    songs = table.at(rows)
    names = [plain(song.name, most=_LONGEST_NAMED) for song in songs]
    alike = {name for name in names if names.count(name) > 1}
    return [song.path if name in alike else name for name, song in zip(names, songs, strict=True)]


def _nearest(wanted: str, table: SongTable) -> list[str]:
    """Name the songs whose titles share most with what was asked for, none that shares little."""
    triples = _triples(wanted)
    least = max(_ALIKE * len(triples), 1)
    shared = ((len(triples & _triples(title.casefold())), -row) for row, (title, _) in enumerate(table.titles()))
    best = heapq.nlargest(_MOST_NAMED, (pair for pair in shared if pair[0] >= least))
    return _names([-row for _, row in best], table)


def _triples(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(max(len(text) - 2, 1))}


def _named(names: list[str]) -> str:
    return "; ".join(repr(plain(name, most=_LONGEST_PATH)) for name in names)
