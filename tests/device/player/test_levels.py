"""Every song is brought to the target as far as its peaks allow, and the chimes are as loud as is said."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.player.levels import (
    AS_RECORDED,
    CHIMES,
    LEAST_GAIN_DB,
    MOST_GAIN_DB,
    UNHEARD_PEAK_DB,
    Loudness,
    attenuation_db,
    gain_db,
)
from device.player.listening import CHIME

songs = st.builds(Loudness, st.floats(-70, 20), st.floats(-120, 60))
targets = st.floats(-30, -0.1)


@given(song=songs, target=targets, volume=st.integers(0, 100))
def test_a_gain_is_bounded_never_makes_a_peak_clip_and_never_overshoots(
    song: Loudness, target: float, volume: int
) -> None:
    softer = attenuation_db(volume)
    gain = gain_db(song, target=target, attenuation_db=softer)
    assert LEAST_GAIN_DB <= gain <= MOST_GAIN_DB
    assert gain <= 0 or song.true_peak + UNHEARD_PEAK_DB + gain - softer <= 1e-9
    heard = song.integrated + gain
    assert heard <= target + 1e-9 or gain == LEAST_GAIN_DB
    assert (
        heard == pytest.approx(target)
        or gain in (0, LEAST_GAIN_DB, MOST_GAIN_DB)
        or (gain == pytest.approx(softer - song.true_peak - UNHEARD_PEAK_DB))
    )


@given(song=songs)
def test_without_a_measure_or_a_target_a_song_plays_as_it_is(song: Loudness) -> None:
    assert gain_db(None, target=-18) == 0
    assert gain_db(song, target=AS_RECORDED) == 0


@pytest.mark.parametrize(
    ("integrated", "true_peak", "gain"),
    [(-10, 1, -8), (-18, 0, 0), (-22, -9, 4), (-22, -5, 2), (-22, 0, 0), (-40, -30, 8), (19, 20, -30)],
)
def test_gains(integrated: float, true_peak: float, gain: float) -> None:
    assert gain_db(Loudness(integrated, true_peak), target=-18) == gain


@pytest.mark.parametrize(("volume", "softer"), [(100, 0.0), (79, 6.14), (50, 18.06), (1, 120.0), (0, 120.0)])
def test_a_volume_is_the_cube_root_of_the_amplitude(volume: int, softer: float) -> None:
    assert attenuation_db(volume) == pytest.approx(softer, abs=0.01)


@pytest.mark.parametrize("chime", sorted(CHIME.parent.glob("*.wav")), ids=lambda path: path.stem)
def test_the_chimes_are_as_loud_as_is_said(chime: Path) -> None:
    av = pytest.importorskip("av", reason="FFmpeg's meter comes with the extra 'analysis'")
    from tools.audio.loudness import loudness_meter

    with wave.open(str(chime)) as file:
        rate, sound = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2") / 2**15
    quiet = np.zeros(rate // 2)
    frame = av.AudioFrame.from_ndarray(
        np.concatenate([quiet, sound, quiet])[np.newaxis].astype(np.float32), format="fltp", layout="mono"
    )
    frame.sample_rate = rate
    with loudness_meter() as meter:
        meter.hear(frame)
        measured = meter.result()
    assert measured is not None
    assert measured.integrated == pytest.approx(CHIMES.integrated, abs=0.6)
    assert measured.true_peak == pytest.approx(CHIMES.true_peak, abs=0.15)
