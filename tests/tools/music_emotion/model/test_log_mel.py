from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.music_emotion.model.log_mel import (
    HOP_LENGTH,
    N_FFT,
    N_MELS,
    PATCH_FRAMES,
    PATCH_LENGTH,
    SAMPLE_RATE,
    log_mel,
    mel_filters,
)


def tone(hertz: float, length: int = PATCH_LENGTH) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(length) / SAMPLE_RATE)).astype(np.float32)


def test_the_length_of_a_patch_gives_just_its_frames() -> None:
    spectrogram = log_mel(tone(440))
    assert spectrogram.shape == (PATCH_FRAMES, N_MELS)
    assert spectrogram.dtype == np.float32
    assert len(log_mel(tone(440, PATCH_LENGTH - 1))) == PATCH_FRAMES - 1


@given(st.integers(min_value=N_FFT, max_value=4 * N_FFT))
def test_only_whole_frames_are_counted(length: int) -> None:
    assert len(log_mel(np.zeros(length, dtype=np.float32))) == 1 + (length - N_FFT) // HOP_LENGTH


def test_silence_is_zero_everywhere() -> None:
    assert not log_mel(np.zeros(N_FFT, dtype=np.float32)).any()


@pytest.mark.parametrize("hertz", [250.0, 1000.0, 3000.0, 6500.0])
def test_a_tone_is_loudest_in_the_band_around_it(hertz: float) -> None:
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    nearest = int(np.abs(bins - hertz).argmin())
    loudest = log_mel(tone(hertz)).mean(axis=0).argmax()
    assert abs(loudest - mel_filters()[:, nearest].argmax()) <= 1


def test_a_tone_on_a_bin_has_the_power_that_theory_gives() -> None:
    # With a Hann window a sine of amplitude A on a bin puts (A · N/4)² into it, a quarter of that into its neighbours.
    bin_number, amplitude = 32, 0.5
    power = (amplitude * N_FFT / 4) ** 2
    spectrum = np.zeros(N_FFT // 2 + 1)
    spectrum[bin_number - 1 : bin_number + 2] = power * np.array([0.25, 1, 0.25])
    expected = np.log10(1 + 10_000 * (mel_filters() @ spectrum))
    heard = log_mel(tone(bin_number * SAMPLE_RATE / N_FFT))
    assert np.abs(heard[3] - expected).max() < 1e-3


def test_the_filters_are_slaneys() -> None:
    filters = mel_filters()
    assert filters.shape == (N_MELS, N_FFT // 2 + 1)
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    # 0–8 kHz are 45.2456 mels on Slaney's scale, so that below 1 kHz two edges lie 31.10 Hz apart …
    step_mels = (15 + 27 * np.log(8) / np.log(6.4)) / (N_MELS + 1)
    assert step_mels * 200 / 3 == pytest.approx(31.10, abs=0.01)
    # … and the first filter, a triangle from 0 to 62.2 Hz of area 1, has 2 / 62.2 · (1 − 0.005) at 31.25 Hz.
    assert filters[0, 1] == pytest.approx(2 / 62.19 * (62.19 - 31.25) / 31.1, rel=1e-3)
    wide = filters[60:] @ np.ones_like(bins) * (bins[1] - bins[0])
    assert wide == pytest.approx(np.ones(N_MELS - 60), abs=0.03)


def test_twice_the_amplitude_is_a_constant_more_where_it_is_loud() -> None:
    soft, loud = log_mel(tone(1000)), log_mel(2 * tone(1000))
    clear = soft > 3
    assert clear.any()
    assert (loud - soft)[clear] == pytest.approx(np.log10(4), abs=1e-3)


@pytest.mark.parametrize("audio", [np.zeros(N_FFT - 1, dtype=np.float32), np.zeros((2, N_FFT), dtype=np.float32)])
def test_less_than_a_frame_or_more_than_a_channel_is_refused(audio: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one channel of at least 512"):
        log_mel(audio)


def test_it_agrees_with_what_librosa_said() -> None:
    with np.load(Path(__file__).parents[2] / "audio" / "references" / "librosa_reference.npz") as said:
        audio, centred = said["audio"].astype(np.float32) / 2**15, said["musicnn_mel"]
    inner = centred[1 : 1 + len(log_mel(audio))]
    assert np.abs(log_mel(audio) - np.log10(1 + 10_000 * inner)).max() < 1e-5


def test_it_agrees_with_librosa_where_it_is_installed() -> None:
    librosa = pytest.importorskip("librosa", reason="librosa is no dependency; with it the two are compared")
    audio = np.random.default_rng(1).normal(0, 0.2, PATCH_LENGTH).astype(np.float32)
    settings = {"sr": SAMPLE_RATE, "n_fft": N_FFT, "hop_length": HOP_LENGTH, "n_mels": N_MELS}
    centred = librosa.feature.melspectrogram(y=audio, **settings).T
    assert np.abs(log_mel(audio) - np.log10(1 + 10_000 * centred)[1:-1]).max() < 1e-5
