"""Sounds to analyse and a look at pictures, for the tests of several packages."""

import shutil
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from matplotlib.figure import Figure
from matplotlib.text import Text

RATE = 44_100


ENCODERS = {".mp3": ("libmp3lame", "s16p"), ".m4a": ("aac", "fltp"), ".opus": ("libopus", "flt")}


def encode(path: Path, sound: np.ndarray, rate: int) -> None:
    """Write ``(n,)`` or ``(n, channels)`` with FFmpeg's encoders."""
    codec, sample_format = ENCODERS[path.suffix.lower()]
    rows = sound.reshape(len(sound), -1).T.astype(np.float32)
    layout = "mono" if len(rows) == 1 else "stereo"
    container_format = {".mp3": "mp3", ".m4a": "mp4", ".opus": "ogg"}[path.suffix.lower()]
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(rows), format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        resampler = av.AudioResampler(sample_format, layout, rate, frame_size=stream.codec_context.frame_size)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE, amplitude: float = 0.4) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


@pytest.fixture(scope="session")
def drawn_sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One tone of 440 Hz, 4 s long, in every format."""
    folder = tmp_path_factory.mktemp("sounds")
    for suffix in (".wav", ".flac", ".ogg"):
        soundfile.write(folder / f"tone{suffix}", tone(4), RATE)
    encode(folder / "tone.mp3", tone(4), RATE)
    encode(folder / "tone.m4a", tone(4), RATE)
    encode(folder / "tone.opus", tone(4, rate=48_000), 48_000)
    return {path.suffix: path for path in folder.iterdir()}


@pytest.fixture
def put_tone(drawn_sounds: dict[str, Path]) -> Callable[[Path], Path]:
    """Copy the tone of a path's format there."""

    def put(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(drawn_sounds[path.suffix.lower()], path))

    return put


WIDTH_PIXELS = 1080


SMALLEST_POINTS = 10


def texts_of(figure: Figure) -> list[str]:
    """Every text of a figure as it was drawn, its size checked."""
    drawn = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert min(text.get_fontsize() for text in drawn) >= SMALLEST_POINTS
    return [text.get_text() for text in drawn]


@pytest.fixture
def look() -> Callable[[Figure, Path], list[str]]:
    """Check that a figure was written as a PNG for a phone; return its texts."""

    def check(figure: Figure, path: Path) -> list[str]:
        header = path.read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", header[16:])
        assert width == WIDTH_PIXELS
        assert 0.8 * width <= height <= 2.2 * width
        return texts_of(figure)

    return check
