import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.player.song_file import SongKind
from tests.device.player.playlists import playlists
from tools.audio.audio_hash import content_hash
from tools.audio.decode import decode
from tools.digests import digest
from tools.errors import AudioError

RATE = 16_000
Put = Callable[[Path], Path]


def decoded(path: Path) -> np.ndarray:
    return np.concatenate([np.empty(0, np.float32), *decode(path, sample_rate=RATE)])


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".m4a", ".opus"])
def test_every_format_comes_out_at_the_rate_asked_for(drawn_sounds: dict[str, Path], suffix: str) -> None:
    sound = decoded(drawn_sounds[suffix])
    assert sound.dtype == np.float32
    assert len(sound) / RATE == pytest.approx(4, abs=0.08)  # lossy formats pad
    middle = sound[RATE : 3 * RATE]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert spectrum.argmax() * RATE / len(middle) == pytest.approx(440, abs=1)
    assert np.abs(middle).max() == pytest.approx(0.4, abs=0.03)


def test_channels_are_averaged(tmp_path: Path) -> None:
    wave = 0.8 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)
    soundfile.write(tmp_path / "left.wav", np.column_stack([wave, np.zeros(RATE)]), RATE)
    soundfile.write(tmp_path / "same.wav", np.column_stack([wave, wave]), RATE)
    soundfile.write(tmp_path / "opposite.wav", np.column_stack([wave, -wave]), RATE)
    assert decoded(tmp_path / "left.wav") == pytest.approx(wave / 2, abs=1e-3)
    assert decoded(tmp_path / "same.wav") == pytest.approx(wave, abs=1e-3)
    assert np.abs(decoded(tmp_path / "opposite.wav")).max() < 1e-3


def test_what_is_no_number_becomes_silence(tmp_path: Path) -> None:
    sound = np.full(RATE, 0.25, dtype=np.float32)
    sound[100:200], sound[300], sound[400] = np.nan, np.inf, -np.inf
    soundfile.write(tmp_path / "x.wav", sound, RATE, subtype="FLOAT")
    heard = decoded(tmp_path / "x.wav")
    assert np.isfinite(heard).all()
    assert heard[150] == heard[300] == heard[400] == 0
    assert heard[250] == 0.25


def test_a_long_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.flac", np.random.default_rng(0).normal(0, 0.1, 120 * RATE), RATE)
    blocks = [len(block) for block in decode(tmp_path / "x.flac", sample_rate=RATE)]
    assert sum(blocks) == 120 * RATE
    assert max(blocks) < RATE


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".m4a", ".opus"])
@pytest.mark.parametrize("content", [b"", b"These are words, renamed.\n" * 200, bytes(5000)])
def test_what_is_no_music_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=path.name):
        decoded(path)


def test_a_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301"
            "0100c9fe92ef0000000049454e44ae426082"
        )
    )
    with pytest.raises(AudioError, match=r"x\.mp3"):
        decoded(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"x\.mp3: there is no such song"):
        decoded(tmp_path / "x.mp3")


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".wav"])
def test_a_file_that_breaks_off_is_heard_as_far_as_it_goes(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"x{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1 < len(decoded(path)) / RATE < 3


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".flac", ".opus"])
def test_a_file_of_damaged_packets_gives_sound_or_a_reason(put_tone: Put, tmp_path: Path, suffix: str) -> None:
    path = put_tone(tmp_path / f"x{suffix}")
    whole = bytearray(path.read_bytes())
    random = np.random.default_rng(0)
    middle = slice(len(whole) // 5, len(whole) * 4 // 5)
    whole[middle] = random.bytes(middle.stop - middle.start)
    path.write_bytes(whole)
    with contextlib.suppress(AudioError):  # what matters is that nothing else comes out
        assert np.isfinite(decoded(path)).all()


@pytest.mark.parametrize("name", playlists("http://127.0.0.1:9"))
def test_a_playlist_is_no_song_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(playlists("http://127.0.0.1:9")[name])
    with pytest.raises(AudioError, match=r"song\.mp3: is a playlist and not a song"):
        list(decode(path, sample_rate=16_000))
    assert content_hash(path) == digest(path)


def test_ffmpeg_follows_no_playlist_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second lock, with the first one open; the song that is listed lies beside it, and could be read."""
    song, playlist = tmp_path / "real.wav", tmp_path / "song.mp3"
    soundfile.write(song, np.zeros(16_000), 16_000)
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{song}\n#EXT-X-ENDLIST\n")
    monkeypatch.setattr("tools.audio.decode.song_kind", lambda _: (SongKind.MPEG, ""))
    with pytest.raises(AudioError, match="cannot be decoded"):
        list(decode(playlist, sample_rate=16_000))
    playlist.write_text(f"ffconcat version 1.0\nfile {song.name}\n")
    with pytest.raises(AudioError, match="cannot be decoded"):
        list(decode(playlist, sample_rate=16_000))
