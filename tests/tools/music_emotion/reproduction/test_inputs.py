import numpy as np

from tools.audio.features import Scaler
from tools.music_emotion.model.spectrogram_picture import PICTURE_SIZE, draw_picture
from tools.music_emotion.reproduction.inputs import Inputs

ROWS = np.array([2, 0])


def test_decibels_are_shown_as_they_are_or_scaled() -> None:
    songs = [np.full((4, 5), level, dtype=np.float16) for level in (-60, -40, -20)]
    plain = Inputs(songs)
    assert plain.shape == (4, 5, 1)
    assert plain.batch(ROWS).shape == (2, 4, 5, 1)
    assert plain.batch(ROWS)[:, 0, 0, 0].tolist() == [-20, -60]
    scaled = Inputs(songs, Scaler.fit(songs)).batch(np.arange(3))
    assert scaled.dtype == np.float32
    assert abs(scaled.mean()) < 1e-6


def test_a_picture_shows_low_frequencies_below_and_not_how_loud_a_song_is() -> None:
    decibels = np.tile(np.linspace(0, -80, 1025)[:, np.newaxis], (1, 259))  # loud where it is low
    picture = draw_picture(decibels)
    assert picture.shape == (PICTURE_SIZE, PICTURE_SIZE, 4)
    assert picture.dtype == np.uint8
    assert (picture[..., 3] == 255).all()
    assert picture[-1, 0, :3].sum() > picture[0, 0, :3].sum()
    assert np.array_equal(draw_picture(decibels - 20), picture)


def test_pictures_become_colours_between_0_and_1() -> None:
    inputs = Inputs([draw_picture(np.random.default_rng(1).normal(-40, 10, (30, 20))) for _ in range(3)])
    batch = inputs.batch(ROWS)
    assert inputs.shape == batch.shape[1:] == (PICTURE_SIZE, PICTURE_SIZE, 4)
    assert 0 <= batch.min() < batch.max() == 1


def test_silence_can_be_drawn() -> None:
    assert len(np.unique(draw_picture(np.full((30, 20), -100.0)).reshape(-1, 4), axis=0)) == 1
