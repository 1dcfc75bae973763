from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from device.errors import ModelError
from tools.errors import AudioError
from tools.music_emotion.reproduction.device_answers import answers, embeddings_of
from tools.music_emotion.reproduction.inputs import Inputs

MODEL = Path(__file__).parents[4] / "models" / "music_emotion"
QUIET = Console(quiet=True)


def test_embeddings_are_kept_and_a_damaged_one_is_made_again(clips: Path, tmp_path: Path) -> None:
    paths = [clips / "audio" / f"{number}.wav" for number in range(2)]
    first = embeddings_of(MODEL, paths, tmp_path, QUIET)
    assert first.shape[0] == 2
    kept = sorted(tmp_path.rglob("*.npy"))
    assert len(kept) == 2
    np.save(kept[0], np.zeros(first.shape[1]))  # so that what is taken from the cache shows
    kept[1].write_bytes(kept[1].read_bytes()[:100])
    again = embeddings_of(MODEL, paths, tmp_path, QUIET)
    assert sorted(bool(song.any()) for song in again) == [False, True]
    assert any(np.array_equal(again[number], first[number]) for number in range(2))


def test_a_song_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.write_text("no sound", encoding="utf-8")
    with pytest.raises(AudioError, match=r"song\.mp3"):
        embeddings_of(MODEL, [song], tmp_path, QUIET)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"model\.tflite"):
        answers(path, Inputs([np.zeros((4, 5))]), np.array([0]))
