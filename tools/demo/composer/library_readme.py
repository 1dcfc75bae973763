"""The README of the demo library: what each piece was meant for, and what an analysis heard in it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from device.emotion.labels import SONG_LABELS
from device.recommendation.song_table import Song, SongTable
from tools.demo.composer.library import ALBUM
from tools.demo.composer.music.plan import Piece

_HEAD = """\
# {album}

{count} short pieces, about 20 seconds each, so that a box has something to play before it knows its owner's music.
Nobody recorded them: the project composes them, plays them on instruments that it computes, and can do so again:

    mien-tools compose-demo --out models/demo_library --seed {seed}

Each was composed for one of the eight song labels, by tempo, mode, register, loudness, articulation, density and
timbre. That label is no part of the file: an analysis hears only the music.
"""

_HEARD = """\
Music model {model} heard {exact} of {count} in the octant they were meant for, {beside} in the one beside it,
and {further} further away; {octants} of the 8 octants are heard in at least one piece. *Heard* is the label with the
largest share of a piece's emotion vector.

The pieces were revised in several rounds with an earlier model as the listener, and no panel of people has judged
them. So the count says that the library reaches every octant, and nothing of how well the model hears other music: its
card does.
"""

_LICENCE = """\
## Licence

Compositions and recordings were made by this project alone, from numbers. They are dedicated to the public domain:
[CC0 1.0](https://creativecommons.org/publicdomain/zero/1.0/). Do with them what you like.
"""


def readme(pieces: Sequence[Piece], seed: int, table: SongTable | None = None) -> str:
    """Describe the library.

    :param seed: the one that the library was composed with.
    :param table: what an analysis heard; the song whose file name is a piece's belongs to it. Without one only the
        meant labels are listed.
    """
    head = _HEAD.format(album=ALBUM, count=len(pieces), seed=seed)
    body = _meant(pieces) if table is None else _compared(pieces, table)
    return f"{head}\n{body}\n{_LICENCE}"


def steps_between(one: str, other: str) -> int:
    """Return how many octants two song labels lie apart in the plane, 0 to 4."""
    distance = abs(SONG_LABELS.index(one) - SONG_LABELS.index(other))
    return min(distance, len(SONG_LABELS) - distance)


def heard_label(song: Song) -> str:
    """Return the label with the largest share of a song's emotion vector, the first of equals."""
    return SONG_LABELS[int(np.argmax(song.vector))]


def _meant(pieces: Sequence[Piece]) -> str:
    rows = [f"| {piece.title} | `{piece.slug}.ogg` | {piece.octant} |" for piece in pieces]
    return "\n".join(["| title | file | meant |", "| --- | --- | --- |", *rows, ""])


def _compared(pieces: Sequence[Piece], table: SongTable) -> str:
    songs = {Path(song.path).stem: song for song in table.songs}
    heard = {piece.slug: heard_label(songs[piece.slug]) for piece in pieces if piece.slug in songs}
    steps = [steps_between(piece.octant, heard[piece.slug]) for piece in pieces if piece.slug in heard]
    summary = _HEARD.format(
        model=table.header.music_model,
        exact=steps.count(0),
        count=len(steps),
        beside=steps.count(1),
        further=sum(step > 1 for step in steps),
        octants=len(set(heard.values())),
    )
    rows = [_row(piece, songs.get(piece.slug)) for piece in pieces]
    head = ["| title | file | meant | heard | valence | arousal |", "| --- | --- | --- | --- | ---: | ---: |"]
    return "\n".join([summary, *head, *rows, ""])


def _row(piece: Piece, song: Song | None) -> str:
    heard = (
        "not analysed | | |" if song is None else f"{heard_label(song)} | {song.valence:+.2f} | {song.arousal:+.2f} |"
    )
    return f"| {piece.title} | `{piece.slug}.ogg` | {piece.octant} | {heard}"
