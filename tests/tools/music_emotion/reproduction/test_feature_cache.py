import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console

from tools.audio.features import FeatureSettings, read_features
from tools.console import CleanConsole
from tools.errors import AudioError, TrainingError
from tools.music_emotion.reproduction import feature_cache
from tools.music_emotion.reproduction.feature_cache import HeardSongs, features_of

SETTINGS = FeatureSettings(n_fft=512, hop_length=256, n_mels=20, seconds=0.5)
RATE = 22_050


def quiet() -> Console:
    return CleanConsole(file=io.StringIO(), width=200)


@pytest.fixture
def songs(tmp_path: Path) -> list[Path]:
    generator = np.random.default_rng(1)
    paths = [tmp_path / "music" / f"{name}.wav" for name in ("one", "two", "three")]
    paths[0].parent.mkdir()
    for path in paths:
        soundfile.write(path, generator.normal(0, 0.2, RATE), RATE)
    return paths


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose features were computed, in order."""
    seen: list[Path] = []

    def counting(path: Path, settings: FeatureSettings) -> np.ndarray:
        seen.append(path)
        return read_features(path, settings)

    monkeypatch.setattr(feature_cache, "read_features", counting)
    return seen


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def kept_in(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def hear(songs: list[Path], cache: Path, settings: FeatureSettings = SETTINGS) -> HeardSongs:
    return features_of(songs, settings, cache, quiet())


def test_a_song_is_decoded_once(songs: list[Path], cache: Path, decoded: list[Path]) -> None:
    first, second = hear(songs, cache), hear(songs, cache)
    assert decoded == songs
    assert (first.recalled, second.recalled) == (0, 3)
    for before, after in zip(first.features, second.features, strict=True):
        assert (before == after).all()


def test_a_moved_song_is_known_and_a_changed_one_is_not(songs: list[Path], cache: Path, decoded: list[Path]) -> None:
    hear(songs, cache)
    moved = songs[0].rename(songs[0].with_name("elsewhere.wav"))
    songs[1].write_bytes(songs[2].read_bytes() + b"\0\0")
    decoded.clear()
    hear([moved, *songs[1:]], cache)
    assert decoded == [songs[1]]


def test_other_settings_are_other_features(songs: list[Path], cache: Path) -> None:
    for settings in (
        SETTINGS,
        FeatureSettings(kind="spectrogram", n_fft=512, hop_length=256, seconds=0.5),
        FeatureSettings(n_fft=512, hop_length=128, n_mels=20, seconds=0.5),
        FeatureSettings(n_fft=512, hop_length=256, n_mels=20, seconds=0.25),
    ):
        heard = hear(songs[:1], cache, settings)
        assert heard.recalled == 0
        assert heard.features[0].shape == settings.shape
    assert len(kept_in(cache)) == 4


@pytest.mark.parametrize("kind", ["spectrogram", "log-mel"])
def test_half_precision_costs_at_most_what_is_said(songs: list[Path], cache: Path, kind: str) -> None:
    settings = FeatureSettings(kind=kind, n_fft=512, hop_length=256, n_mels=20, seconds=0.5)
    kept = hear(songs, cache, settings).features
    assert kept[0].dtype == np.float16
    errors = [np.abs(read_features(path, settings) - song) for path, song in zip(songs, kept, strict=True)]
    assert 0 < np.max(errors) <= 0.0313


def test_a_waveform_is_kept_as_it_is(songs: list[Path], cache: Path) -> None:
    settings = FeatureSettings(kind="waveform", seconds=0.5)
    assert (hear(songs, cache, settings).features[1] == read_features(songs[1], settings)).all()


def test_a_run_that_was_stopped_goes_on(
    songs: list[Path], cache: Path, decoded: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(path: Path, settings: FeatureSettings) -> np.ndarray:
        if path == songs[1]:
            raise KeyboardInterrupt
        return read_features(path, settings)

    with monkeypatch.context() as patch:
        patch.setattr(feature_cache, "read_features", stopped)
        with pytest.raises(KeyboardInterrupt):
            hear(songs, cache)
    assert len(kept_in(cache)) == 1
    heard = hear(songs, cache)
    assert decoded == songs[1:]
    assert (heard.recalled, len(heard.features)) == (1, 3)


def test_a_stop_while_a_file_is_written_leaves_nothing_half(
    songs: list[Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", stopped)
        with pytest.raises(KeyboardInterrupt):
            hear(songs, cache)
    assert kept_in(cache) == []


DAMAGES = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "other content": lambda content: b"words" * (len(content) // 5),
    "other type": lambda content: content.replace(b"<f2", b"<i2"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_computed_again(songs: list[Path], cache: Path, decoded: list[Path], damage: str) -> None:
    hear(songs[:1], cache)
    [kept] = kept_in(cache)
    sound = kept.read_bytes()
    kept.write_bytes(DAMAGES[damage](sound))
    hear(songs[:1], cache)
    assert decoded == [songs[0], songs[0]]
    assert kept.read_bytes() == sound


def test_what_cannot_be_heard_is_passed_over_and_told(songs: list[Path], cache: Path) -> None:
    text, silence, absent = (songs[0].with_name(name) for name in ("[text].mp3", "silence.wav", "absent.mp3"))
    text.write_bytes(b"words, renamed")
    soundfile.write(silence, np.zeros(RATE), RATE)
    console = quiet()
    heard = features_of([songs[0], text, songs[1], silence, absent], SETTINGS, cache, console)
    assert heard.rows.tolist() == [0, 2]
    assert [entry.song for entry in heard.passed] == [str(text), str(silence), str(absent)]
    reasons = [entry.reason for entry in heard.passed]
    assert "holds nothing that can be played" in reasons[0]
    assert reasons[1:] == ["the middle of it is silent", "cannot be read (No such file or directory)"]
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "2 songs heard" in said
    assert f"passed over 1, the middle of it is silent: {silence}" in said
    assert "[text].mp3" in said


def test_nothing_heard_at_all_is_an_error(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(AudioError, match="none of the 2 songs can be heard"):
        hear([tmp_path / "a.mp3", tmp_path / "b.mp3"], cache)
    assert hear([], cache).features == []


def test_a_cache_that_cannot_be_written_is_named(songs: list[Path], tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(TrainingError, match="blocked"):
        hear(songs, blocked)
