"""The short sounds: pitched as written, soft, short, without clicks, and told apart by ear."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from device.session.states import Chime
from tools.demo.chimes import SAMPLE_RATE, SCORES, render_chime, write_chimes

Sound = NDArray[np.float32]


def hertz(pitch: int) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def share_near(sound: Sound, pitch_hertz: float) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), n=SAMPLE_RATE)) ** 2
    return float(spectrum[round(pitch_hertz) - 20 : round(pitch_hertz) + 21].sum() / spectrum.sum())


@pytest.mark.parametrize("chime", Chime)
def test_every_note_is_heard_at_its_pitch_and_not_before_it_is_struck(chime: Chime) -> None:
    sound = render_chime(chime)
    for start, pitch in SCORES[chime]:
        first, tenth = round(start * SAMPLE_RATE), SAMPLE_RATE // 10
        heard = share_near(sound[first : first + tenth], hertz(pitch))
        assert heard > 0.2
        if first:
            assert share_near(sound[first - tenth : first], hertz(pitch)) < heard / 4


@pytest.mark.parametrize("chime", Chime)
def test_a_small_loudspeaker_can_give_it(chime: Chime) -> None:
    spectrum = np.abs(np.fft.rfft(render_chime(chime), n=SAMPLE_RATE)) ** 2
    assert spectrum[:300].sum() < 0.05 * spectrum.sum()
    assert spectrum[8_000:].sum() < 0.01 * spectrum.sum()


@pytest.mark.parametrize("chime", Chime)
def test_it_is_soft_and_short(chime: Chime) -> None:
    sound = render_chime(chime)
    assert np.abs(sound).max() == pytest.approx(0.35, abs=1e-6)
    assert abs(float(sound.mean())) < 1e-3
    assert 0.5 < len(sound) / SAMPLE_RATE < 1


def test_all_are_about_as_loud() -> None:
    loudness = [20 * np.log10(np.sqrt(np.mean(render_chime(chime) ** 2))) for chime in Chime]
    assert max(loudness) - min(loudness) < 3  # dB


@pytest.mark.parametrize("chime", Chime)
def test_it_does_not_click(chime: Chime) -> None:
    """It begins and ends at nothing, and no value leaps further than its fastest partial allows."""
    sound = render_chime(chime)
    assert np.abs(sound[:2]).max() < 0.01
    assert np.abs(sound[-SAMPLE_RATE // 200 :]).max() < 0.002
    highest = 4.2 * max(hertz(pitch) for _, pitch in SCORES[chime])
    assert np.abs(np.diff(sound)).max() < 0.35 * 2 * np.pi * highest / SAMPLE_RATE


def test_no_two_are_alike() -> None:
    scores = list(SCORES.values())
    assert all(one != other for place, one in enumerate(scores) for other in scores[:place])
    assert set(SCORES) == set(Chime)


def test_files_hold_what_was_rendered(tmp_path: Path) -> None:
    paths = write_chimes(tmp_path / "new")
    assert [path.stem for path in paths] == [chime.value for chime in Chime]
    for chime, path in zip(Chime, paths, strict=True):
        sound, rate = soundfile.read(path, dtype="float32")
        assert rate == SAMPLE_RATE
        assert np.abs(sound - render_chime(chime)).max() < 1 / 32_000
