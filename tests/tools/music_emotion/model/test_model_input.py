from pathlib import Path

import numpy as np
import pytest
import soundfile

from tools.errors import AudioError
from tools.music_emotion.model.log_mel import PATCH_LENGTH, SAMPLE_RATE
from tools.music_emotion.model.model_input import excerpts_of, for_networks
from tools.music_emotion.model.musicnn_va import HEARING


def write(path: Path, *, seconds: float, amplitude: float, rate: int = SAMPLE_RATE) -> Path:
    soundfile.write(path, amplitude * np.sin(np.arange(round(seconds * rate)) / 7), rate)
    return path


def test_a_file_becomes_excerpts_that_the_model_hears(tmp_path: Path) -> None:
    heard = excerpts_of(write(tmp_path / "song.flac", seconds=10, amplitude=0.3), HEARING)
    assert heard.audio.shape == (5, PATCH_LENGTH)  # at 0, 1.5, 3, 4.5 and 6 s
    assert heard.audio.dtype == np.float32
    assert heard.seconds == pytest.approx(10)
    assert np.abs(heard.audio).max() == pytest.approx(0.3, abs=0.01)


def test_it_is_brought_to_the_models_rate(tmp_path: Path) -> None:
    heard = excerpts_of(write(tmp_path / "song.wav", seconds=7, amplitude=0.3, rate=44_100), HEARING)
    assert heard.seconds == pytest.approx(7, abs=0.01)
    assert len(heard.audio) == 3


@pytest.mark.parametrize("amplitude", [0.0, 9e-4])
def test_a_silent_file_is_named(tmp_path: Path, amplitude: float) -> None:
    with pytest.raises(AudioError, match=r"silent\.flac: nothing but silence"):
        excerpts_of(write(tmp_path / "silent.flac", seconds=5, amplitude=amplitude), HEARING)


def test_a_file_that_is_no_sound_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.mp3").write_text("words " * 100)
    with pytest.raises(AudioError, match=r"words\.mp3"):
        excerpts_of(tmp_path / "words.mp3", HEARING)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"gone\.mp3"):
        excerpts_of(tmp_path / "gone.mp3", HEARING)


@pytest.mark.parametrize(
    ("excerpts", "heard"), [(1, [0]), (8, list(range(8))), (9, [0, 2, 4, 6, 8]), (16, [0, 2, 4, 6, 8, 10, 12, 14])]
)
def test_the_networks_hear_every_second_excerpt_of_more_than_eight(excerpts: int, heard: list[int]) -> None:
    chosen = for_networks(np.arange(excerpts, dtype=np.float32)[:, np.newaxis])
    assert chosen[:, 0].tolist() == heard
