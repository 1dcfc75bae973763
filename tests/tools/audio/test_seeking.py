from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.audio import seeking
from tools.audio.excerpts import MOST_EXCERPTS
from tools.audio.seeking import skim_excerpts
from tools.audio.window_reader import WindowReader

RATE, LENGTH = 16_000, 8_000
Encode = Callable[[Path, np.ndarray], Path]


def rising(seconds: float) -> np.ndarray:
    """A tone that rises from 300 Hz by 10 Hz each second, so that every place sounds otherwise."""
    time = np.arange(round(seconds * RATE)) / RATE
    return 0.4 * np.sin(2 * np.pi * (300 * time + 5 * time**2))


def skim(path: Path) -> "np.ndarray | None":
    found = skim_excerpts(path, length=LENGTH, sample_rate=RATE)
    return None if found is None else found.audio


def hertz(audio: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    return float(spectrum.argmax() * RATE / len(audio))


@pytest.fixture
def encode(tmp_path: Path) -> Encode:
    """Write a song of 16 kHz in the format of its name; by FFmpeg where libsndfile cannot."""

    def write(name: Path, sound: np.ndarray) -> Path:
        path = tmp_path / name
        if path.suffix in (".wav", ".flac", ".ogg"):
            soundfile.write(path, sound, RATE)
            return path
        codec, sample_format = {".mp3": ("libmp3lame", "fltp"), ".m4a": ("aac", "fltp")}.get(
            path.suffix, ("libopus", "flt")
        )
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=RATE, layout="mono")
            resampler = av.AudioResampler(
                sample_format, "mono", RATE, frame_size=stream.codec_context.frame_size or 1024
            )
            frame = av.AudioFrame.from_ndarray(sound[np.newaxis].astype(np.float32), format="fltp", layout="mono")
            frame.sample_rate = RATE
            frame.pts = 0
            for part in (*resampler.resample(frame), *resampler.resample(None)):
                container.mux(stream.encode(part))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".m4a", ".opus"])
def test_the_middle_of_each_of_16_parts_is_heard(encode: Encode, suffix: str) -> None:
    path = encode(Path(f"song{suffix}"), rising(40))
    found = skim_excerpts(path, length=LENGTH, sample_rate=RATE)
    assert found is not None
    assert found.audio.shape == (MOST_EXCERPTS, LENGTH)
    assert found.seconds == pytest.approx(40, abs=0.15)  # lossy formats pad
    middles = (np.arange(MOST_EXCERPTS) + 0.5) * 39.5 / MOST_EXCERPTS + 0.25  # seconds
    assert [hertz(audio) for audio in found.audio] == pytest.approx(300 + 10 * middles, abs=3)


def test_an_uncompressed_song_comes_out_value_by_value(encode: Encode) -> None:
    song = rising(33)
    found = skim(encode(Path("song.wav"), song))
    room = len(song) - LENGTH
    starts = [room * (2 * part + 1) // 32 for part in range(16)]
    assert found == pytest.approx(np.array([song[start : start + LENGTH] for start in starts]), abs=1e-4)


def test_little_is_decoded_of_a_long_song(encode: Encode, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    count = WindowReader._decode

    def counted(reader: WindowReader, packet: av.Packet) -> list[av.AudioFrame]:
        frames = count(reader, packet)
        decoded.extend(frame.samples for frame in frames)
        return frames

    monkeypatch.setattr(WindowReader, "_decode", counted)
    assert skim(encode(Path("song.flac"), rising(300))) is not None
    assert sum(decoded) < 300 * RATE / 6


def test_leading_silence_is_passed_by(encode: Encode) -> None:
    song = np.concatenate([np.zeros(20 * RATE), rising(40)])
    found = skim(encode(Path("song.flac"), song))
    assert found is not None
    assert hertz(found[0]) == pytest.approx(300 + 10 * (39.5 / 32 + 0.25), abs=3)


def test_a_silent_part_is_left_out_and_a_mostly_silent_song_is_for_the_other_rule(encode: Encode) -> None:
    song = rising(64)
    song[8 * RATE : 24 * RATE] = 0
    found = skim(encode(Path("part.flac"), song))
    assert found is not None
    assert len(found) == 12
    song[8 * RATE : 56 * RATE] = 0
    assert skim(encode(Path("most.flac"), song)) is None
    assert skim(encode(Path("all.flac"), 0 * song)) is None


def test_a_short_song_is_for_the_other_rule(encode: Encode) -> None:
    seconds = 0.5 + 16 * (0.5 + 0.25)
    assert skim(encode(Path("a.wav"), rising(seconds - 0.01))) is None
    assert skim(encode(Path("b.wav"), rising(seconds + 0.01))) is not None


def test_glued_files_whose_time_stamps_begin_again_are_for_the_other_rule(encode: Encode, tmp_path: Path) -> None:
    one, two = (encode(Path(f"{name}.ogg"), rising(30)).read_bytes() for name in "ab")
    (tmp_path / "glued.ogg").write_bytes(one + two)
    assert skim(tmp_path / "glued.ogg") is None


@pytest.mark.parametrize("content", [b"", b"words " * 1000, bytes(9000)])
def test_what_is_no_music_is_for_the_other_rule(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "song.mp3").write_bytes(content)
    assert skim(tmp_path / "song.mp3") is None
    assert skim(tmp_path / "gone.mp3") is None


def test_a_song_that_breaks_off_is_never_heard_beyond_its_end(encode: Encode) -> None:
    path = encode(Path("song.mp3"), rising(60))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = skim(path)
    assert found is not None
    assert hertz(found[-1]) < 300 + 10 * 31


@given(st.integers(0, 10**6), st.integers(0, 10**7), st.integers(1, 10**5), st.integers(0, 10**4))
@settings(deadline=None)
def test_windows_lie_in_the_song_in_order_and_never_overlap(first: int, total: int, length: int, run_up: int) -> None:
    windows = seeking._windows(first, total, length, run_up)
    assert len(windows) in (0, MOST_EXCERPTS)
    edges = [edge for window in windows for edge in (window.start, window.stop)]
    assert edges == sorted(edges)
    assert not edges or (edges[0] >= first and edges[-1] <= total)
