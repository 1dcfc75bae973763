from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from tools.demo.composer.library import write_piece
from tools.demo.composer.music.plan import Piece
from tools.demo.composer.pieces.catalogue import PIECES
from tools.demo.composer.sound.synthesis import PEAK

SHIPPED = Path(__file__).parents[4] / "models" / "demo_library"


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    # Full-scale noise is the hardest thing to encode at a low bit rate without exceeding its own peak.
    return np.random.default_rng(1).uniform(-PEAK, PEAK, (30_000, 2)).astype(np.float32)


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
