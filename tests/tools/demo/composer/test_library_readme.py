from pathlib import Path

import pytest

from device.emotion.labels import SONG_LABELS
from device.recommendation.song_table import Header, Song, SongTable, read_song_table
from tools.demo.composer.library_readme import readme, steps_between
from tools.demo.composer.pieces.catalogue import PIECES

MODELS = Path(__file__).parents[4] / "models"


def song(slug: str, label: str, number: int) -> Song:
    vector = tuple(100.0 if name == label else 0.0 for name in SONG_LABELS)
    return Song(number, f"some/{slug}.ogg", "t", "", "", 20.0, "0" * 64, 0.25, -0.5, vector)


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("happy", "happy", 0), ("happy", "excited", 1), ("frustrated", "depressed", 1), ("frustrated", "content", 4)],
)
def test_octants_lie_round_a_circle(one: str, other: str, steps: int) -> None:
    assert steps_between(one, other) == steps == steps_between(other, one)


def test_the_readme_lists_what_is_meant_and_the_licence() -> None:
    text = readme(PIECES, 9)
    assert "CC0" in text
    assert "--seed 9" in text
    for piece in PIECES:
        assert f"| {piece.title} | `{piece.slug}.ogg` | {piece.octant} |" in text


def test_the_readme_counts_what_was_heard_where_it_was_meant() -> None:
    right, wrong, missing = PIECES[0], PIECES[1], PIECES[2]
    far = SONG_LABELS[(SONG_LABELS.index(wrong.octant) + 3) % 8]
    songs = (song(right.slug, right.octant, 1), song(wrong.slug, far, 2))
    text = readme((right, wrong, missing), 9, SongTable(Header(1, 0.3, 0.3, "a-model"), songs))
    assert "a-model heard 1 of 2 in the octant they were meant for, 0 in the one beside it,\nand 1 further" in text
    assert f"| {wrong.octant} | {far} | +0.25 | -0.50 |" in text
    assert f"| {missing.title} | `{missing.slug}.ogg` | {missing.octant} | not analysed | | |" in text


def test_the_shipped_readme_is_written_from_the_shipped_table() -> None:
    shipped = (MODELS / "demo_library" / "README.md").read_text(encoding="utf-8")
    assert readme(PIECES, 7, read_song_table(MODELS / "songs.sqlite")) == shipped
