from collections.abc import Callable
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from tools.audio.audio_hash import content_hash

Put = Callable[[Path], Path]


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".ogg", ".opus", ".flac"])
def test_tags_do_not_change_the_hash(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"x{suffix}")
    before = content_hash(path)
    file = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    file["title"] = "A long title " * 6000
    file.save()
    assert content_hash(path) == before
    assert len(before) == 64


def test_another_sound_has_another_hash(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 4000)
    changed = noise.copy()
    changed[2000] += 0.01
    soundfile.write(tmp_path / "a.wav", noise, 8000)
    soundfile.write(tmp_path / "b.wav", changed, 8000)
    soundfile.write(tmp_path / "c.wav", noise, 16_000)
    assert len({content_hash(tmp_path / name) for name in ("a.wav", "b.wav", "c.wav")}) == 3


def test_a_file_without_sound_is_hashed_whole(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"words, renamed")
    (tmp_path / "b.mp3").write_bytes(b"other words")
    assert content_hash(tmp_path / "a.mp3") != content_hash(tmp_path / "b.mp3")


def test_a_file_that_breaks_off_has_a_hash_of_its_own(put_tone: Put, tmp_path: Path) -> None:
    whole = put_tone(tmp_path / "x.mp3")
    half = tmp_path / "y.mp3"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert content_hash(half) != content_hash(whole)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        content_hash(tmp_path / "x.mp3")
