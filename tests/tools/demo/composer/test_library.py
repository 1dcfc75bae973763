from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from device.emotion.labels import SONG_LABELS
from device.recommendation.song_table import Header, Song, SongTable
from tools.demo.composer.library import write_piece
from tools.demo.composer.library_readme import readme, steps_between
from tools.demo.composer.music.plan import Piece
from tools.demo.composer.pieces.catalogue import PIECES
from tools.demo.composer.sound.synthesis import PEAK

SHIPPED = Path(__file__).parents[4] / "models" / "demo_library"


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    # Full-scale noise is the hardest thing to encode at a low bit rate without exceeding its own peak.
    return np.random.default_rng(1).uniform(-PEAK, PEAK, (30_000, 2)).astype(np.float32)


def song(slug: str, label: str, number: int) -> Song:
    vector = tuple(100.0 if name == label else 0.0 for name in SONG_LABELS)
    return Song(number, f"some/{slug}.ogg", "t", "", "", 20.0, "0" * 64, 0.25, -0.5, vector)


def test_a_written_piece_has_tags_and_the_length_of_its_samples(tmp_path: Path, noise: np.ndarray) -> None:
    path = write_piece(tmp_path, PIECES[0], noise)
    assert path.name == f"{PIECES[0].slug}.ogg"
    tags = mutagen.File(path)
    assert tags["title"] == [PIECES[0].title]
    assert tags["artist"]
    assert tags["album"]
    assert not any(PIECES[0].octant in value for values in dict(tags).values() for value in values)
    assert soundfile.info(path).frames == len(noise)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_what_is_decoded_does_not_clip(tmp_path: Path, noise: np.ndarray) -> None:
    decoded, _ = soundfile.read(write_piece(tmp_path, PIECES[0], noise))
    assert 0.5 * PEAK < np.abs(decoded).max() <= PEAK


def test_the_same_music_gives_the_same_bytes(tmp_path: Path, noise: np.ndarray) -> None:
    first = write_piece(tmp_path, PIECES[0], noise).read_bytes()
    assert write_piece(tmp_path, PIECES[0], noise).read_bytes() == first


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


def test_the_shipped_library_is_complete_and_small() -> None:
    shipped = {path.stem: path for path in SHIPPED.glob("*.ogg")}
    assert set(shipped) == {piece.slug for piece in PIECES}
    assert sum(path.stat().st_size for path in shipped.values()) <= 3.8e6
    for path in shipped.values():
        assert 18 <= soundfile.info(path).duration <= 22


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.slug)
def test_a_shipped_piece_is_loud_enough_and_does_not_clip(piece: Piece) -> None:
    samples, _ = soundfile.read(SHIPPED / f"{piece.slug}.ogg", dtype="float32")
    assert np.abs(samples).max() <= PEAK + 1e-6
    assert -26 < 20 * np.log10(np.sqrt(np.mean(samples**2))) < -10
