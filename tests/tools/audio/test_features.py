import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from device.errors import ModelError
from tools.audio.features import (
    FeatureSettings,
    Scaler,
    compute_features,
    log_mel_db,
    middle_excerpt,
    read_features,
    spectrogram_db,
    volume,
)
from tools.audio.spectra import mel_edges
from tools.errors import AudioError

SECOND = FeatureSettings(seconds=1)
REFERENCE = Path(__file__).parent / "references" / "librosa_reference.npz"
TOLERANCE_DB = 1e-4
"""Both work in floating point of other widths; 8e-6 dB were seen."""


def tone(hertz: float, *, amplitude: float = 0.5, settings: FeatureSettings = SECOND) -> np.ndarray:
    times = np.arange(settings.length) / settings.sample_rate
    return (amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def write(path: Path, sound: np.ndarray, rate: int = 22_050) -> Path:
    soundfile.write(path, sound, rate)
    return path


@pytest.mark.parametrize(
    ("kind", "shape"), [("waveform", (22_050,)), ("spectrogram", (1025, 44)), ("log-mel", (128, 44))]
)
def test_the_features_have_the_shape_that_their_settings_tell(kind: str, shape: tuple[int, ...]) -> None:
    settings = FeatureSettings(kind=kind, seconds=1)
    computed = compute_features(tone(440), settings)
    assert computed.shape == settings.shape == shape
    assert computed.dtype == np.float32


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"kind": "cepstrum"}, "kind 'cepstrum': choose one of waveform, spectrogram, log-mel"),
        ({"sample_rate": 0}, "sample_rate 0: choose a whole number above 0"),
        ({"n_fft": 1023}, "n_fft 1023: choose an even number"),
        ({"n_fft": 2048.0}, "n_fft 2048.0: choose a whole number"),
        ({"hop_length": 4096}, "hop_length 4096: choose at most n_fft, 2048"),
        ({"n_mels": 1000}, "n_mels 1000: choose fewer, or a larger n_fft"),
        ({"seconds": 0.01}, "seconds 0.01: choose at least one frame, 0.093 s"),
        ({"seconds": float("nan")}, "seconds nan"),
    ],
)
def test_settings_that_cannot_be_computed_are_refused_with_what_to_choose(
    values: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        FeatureSettings(**values)  # type: ignore[arg-type]


def test_they_agree_with_what_librosa_said() -> None:
    with np.load(REFERENCE) as said:
        audio = said["audio"].astype(np.float32) / 2**15
        expected = {name: said[name] for name in ("spectrogram_db", "log_mel_db", "volume_db")}
    computed = {
        "spectrogram_db": spectrogram_db(audio, SECOND)[::8],
        "log_mel_db": log_mel_db(audio, SECOND),
        "volume_db": volume(audio, SECOND),
    }
    for name, values in expected.items():
        assert computed[name].shape == values.shape
        assert np.abs(computed[name] - values).max() < TOLERANCE_DB, name


def test_they_agree_with_librosa_where_it_is_installed() -> None:
    librosa = pytest.importorskip("librosa", reason="librosa is no dependency; with it the two are compared")
    settings = FeatureSettings(sample_rate=16_000, n_fft=1024, hop_length=160, n_mels=64, seconds=1)
    audio = np.random.default_rng(2).normal(0, 0.2, settings.length).astype(np.float32)
    power = np.abs(librosa.stft(audio, n_fft=1024, hop_length=160)) ** 2
    bands = librosa.feature.melspectrogram(y=audio, sr=16_000, n_fft=1024, hop_length=160, n_mels=64)
    assert np.abs(spectrogram_db(audio, settings) - librosa.power_to_db(power)).max() < TOLERANCE_DB
    assert np.abs(log_mel_db(audio, settings) - librosa.power_to_db(bands)).max() < TOLERANCE_DB


@given(st.integers(min_value=3, max_value=1021))
def test_the_energy_of_a_tone_lies_in_its_bin(bin_number: int) -> None:
    power = 10 ** (spectrogram_db(tone(bin_number * 22_050 / 2048), SECOND).astype(np.float64) / 10)
    inner = power[:, 3:-3].mean(axis=1)  # the outer frames hold padding
    assert inner.argmax() == bin_number
    # The floor, 80 dB down, is counted in all the other 1022 bins.
    assert inner[bin_number - 1 : bin_number + 2].sum() / inner.sum() > 1 - 1e-4


@pytest.mark.parametrize("hertz", [110.0, 440.0, 1760.0, 7040.0])
def test_the_energy_of_a_tone_lies_in_its_mel_band(hertz: float) -> None:
    edges = mel_edges(sample_rate=22_050, n_mels=128)
    loudest = int(log_mel_db(tone(hertz), SECOND)[:, 3:-3].mean(axis=1).argmax())
    assert edges[loudest] < hertz < edges[loudest + 2]


@given(st.floats(min_value=0.01, max_value=0.9))
def test_the_volume_of_a_tone_is_its_amplitude_less_3_db(amplitude: float) -> None:
    inner = volume(tone(1000, amplitude=amplitude), SECOND)[3:-3]
    assert inner == pytest.approx(20 * np.log10(amplitude) - 3.01, abs=0.05)


@pytest.mark.parametrize("compute", [volume, spectrogram_db, log_mel_db])
def test_twice_the_amplitude_is_6_db_more(compute: object) -> None:
    soft, loud = compute(tone(1000), SECOND), compute(2 * tone(1000), SECOND)  # type: ignore[operator]
    assert loud - soft == pytest.approx(20 * np.log10(2), abs=1e-3)


@pytest.mark.parametrize("compute", [volume, spectrogram_db, log_mel_db])
def test_silence_is_finite(compute: object) -> None:
    heard = compute(np.zeros(SECOND.length, dtype=np.float32), SECOND)  # type: ignore[operator]
    assert (heard == -100).all()


def test_nothing_lies_more_than_80_db_below_the_loudest() -> None:
    heard = spectrogram_db(tone(1000), SECOND)
    assert np.ptp(heard) == pytest.approx(80, abs=1e-4)


@given(st.lists(st.integers(min_value=0, max_value=70), min_size=1, max_size=9), st.integers(1, 100))
def test_the_middle_is_the_same_however_a_song_is_cut_into_blocks(lengths: list[int], length: int) -> None:
    song = np.arange(1, 1 + sum(lengths), dtype=np.float32)
    found = middle_excerpt(iter(np.split(song, np.cumsum(lengths)[:-1])), length=length)
    assert len(found) == length
    if len(song) < length:
        assert (found == np.resize(song, length)).all()
    else:
        start = (len(song) - length) // 2
        assert (found == song[start : start + length]).all()


def test_of_a_song_its_middle_is_read(tmp_path: Path) -> None:
    parts = [tone(200), tone(2000), tone(200)]
    heard = read_features(write(tmp_path / "song.wav", np.concatenate(parts)), SECOND)
    expected = log_mel_db(tone(2000), SECOND)
    assert np.abs(heard - expected)[:, 3:-3].max() < 0.5  # 16-bit rounding, at the floor


def test_a_shorter_song_is_repeated(tmp_path: Path) -> None:
    short = np.random.default_rng(1).uniform(-0.5, 0.5, 8000)
    heard = read_features(write(tmp_path / "song.wav", short), FeatureSettings(kind="waveform", seconds=1))
    assert (heard[:8000] == heard[8000:16_000]).all()
    assert heard[:8000] == pytest.approx(short, abs=1e-4)


@pytest.mark.parametrize("sound", [np.zeros(30_000), np.zeros(0)])
def test_a_silent_song_is_refused(tmp_path: Path, sound: np.ndarray) -> None:
    with pytest.raises(AudioError, match=r"song.wav: (the middle of it is silent|holds no sound)"):
        read_features(write(tmp_path / "song.wav", sound), SECOND)


@given(st.integers(1, 5), st.integers(0, 2**31))
def test_scaled_songs_have_mean_0_and_deviation_1_in_every_bin(songs: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    features = [generator.normal([[-60.0], [5.0], [20.0]], [[1.0], [9.0], [0.1]], (3, 40)) for _ in range(songs)]
    scaler = Scaler.fit(features)
    scaled = np.concatenate([scaler.apply(song) for song in features], axis=1)
    assert scaled.dtype == np.float32
    assert scaled.mean(axis=1) == pytest.approx([0, 0, 0], abs=1e-4)
    assert scaled.std(axis=1) == pytest.approx([1, 1, 1], abs=1e-3)


def test_a_scaler_takes_batches_and_waveforms_too() -> None:
    songs = np.random.default_rng(0).normal(3, 2, (4, 5, 60))
    scaler = Scaler.fit(songs)
    assert (scaler.apply(songs)[2] == scaler.apply(songs[2])).all()
    assert Scaler.fit([np.array([1.0, 3.0])]).apply(np.array([1.0, 3.0])) == pytest.approx([-1, 1])


def test_a_bin_that_never_moves_is_not_blown_up() -> None:
    scaled = Scaler.fit([np.full((2, 9), -80.0)]).apply(np.full((2, 9), -80.0))
    assert (scaled == 0).all()


def test_features_kept_in_half_precision_are_measured_in_full() -> None:
    songs = [np.full((1, 5000), -80, dtype=np.float16), np.full((1, 5000), -40, dtype=np.float16)]
    scaler = Scaler.fit(songs)
    assert scaler.mean == pytest.approx([-60])
    assert scaler.deviation == pytest.approx([20])


def test_a_scaler_cannot_be_fitted_on_nothing() -> None:
    with pytest.raises(ValueError, match="no songs"):
        Scaler.fit([])


def test_a_scaler_survives_a_round_trip(tmp_path: Path) -> None:
    scaler = Scaler.fit([np.random.default_rng(0).normal(size=(7, 30))])
    scaler.save(tmp_path / "scaler.npz")
    loaded = Scaler.load(tmp_path / "scaler.npz")
    assert (loaded.mean == scaler.mean).all()
    assert (loaded.deviation == scaler.deviation).all()


@pytest.mark.parametrize("damage", ["absent", "cut", "other", "pipe"])
def test_a_file_that_is_no_scaler_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "scaler.npz"
    Scaler(np.zeros(3), np.ones(3)).save(path)
    if damage == "absent":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "pipe":  # at which an open would wait for somebody who writes
        path.unlink()
        os.mkfifo(path)
    else:
        np.savez(path, mean=np.zeros(3), deviation=np.zeros(3))
    with pytest.raises(ModelError, match=r"scaler\.npz"):
        Scaler.load(path)
