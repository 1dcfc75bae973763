"""The composer's door: the one module of this package that the rest of the project imports."""

from collections.abc import Iterator
from pathlib import Path

from device.recommendation.song_table import SongTable
from tools.demo.composer import library_readme
from tools.demo.composer.library import write_piece
from tools.demo.composer.music.composition import compose
from tools.demo.composer.pieces.catalogue import PIECES
from tools.demo.composer.sound.synthesis import render

PIECE_COUNT = len(PIECES)


def write_pieces(folder: Path, seed: int) -> Iterator[Path]:
    """Compose, render and write the pieces one by one, ``PIECE_COUNT`` ogg files; the same bytes for the same seed.

    :raises OSError: if a file cannot be written.
    """
    for piece in PIECES:
        yield write_piece(folder, piece, render(compose(piece, seed), seed))


def readme(seed: int, table: SongTable | None = None) -> str:
    """Return the library's README; see :func:`tools.demo.composer.library_readme.readme`."""
    return library_readme.readme(PIECES, seed, table)
