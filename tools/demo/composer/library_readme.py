"""The README of the demo library: what each piece was meant for, and what an analysis heard in it.

The words are in ``library_readme.md.jinja``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from device.emotion.labels import SONG_LABELS
from device.recommendation.song_table import Song, SongTable
from tools import templates
from tools.demo.composer.library import ALBUM
from tools.demo.composer.music.plan import Piece


def readme(pieces: Sequence[Piece], seed: int, table: SongTable | None = None) -> str:
    """Describe the library.

    :param seed: the one that the library was composed with.
    :param table: what an analysis heard; the song whose file name is a piece's belongs to it. Without one only the
        meant labels are listed.
    """
    songs = {Path(song.path).stem: song for song in (table.songs if table is not None else ())}
    heard = {piece.slug: heard_label(songs[piece.slug]) for piece in pieces if piece.slug in songs}
    return templates.render(
        "demo/composer/library_readme.md.jinja",
        album=ALBUM,
        seed=seed,
        music_model=table.header.music_model if table is not None else None,
        rows=[{"piece": piece, "song": songs.get(piece.slug), "heard": heard.get(piece.slug)} for piece in pieces],
        steps=[steps_between(piece.octant, heard[piece.slug]) for piece in pieces if piece.slug in heard],
        octants_heard=len(set(heard.values())),
    )


def steps_between(one: str, other: str) -> int:
    """Return how many octants two song labels lie apart in the plane, 0 to 4."""
    distance = abs(SONG_LABELS.index(one) - SONG_LABELS.index(other))
    return min(distance, len(SONG_LABELS) - distance)


def heard_label(song: Song) -> str:
    """Return the label with the largest share of a song's emotion vector, the first of equals."""
    return SONG_LABELS[int(np.argmax(song.vector))]
