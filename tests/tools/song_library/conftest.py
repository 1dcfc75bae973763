import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

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


@dataclass
class Alone:
    """A crew of this very process: notes what it did, and lets Ctrl-C be pressed at a certain song."""

    interrupt_at: int = 0
    identified: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def work(self, job: Any, tasks: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for task in tasks:
            done = {"identify": self.identified, "listen": self.heard}[job.func.__name__]
            done.append(task)
            if done is self.heard and len(done) == self.interrupt_at:
                raise KeyboardInterrupt
            yield task, job(task)


@pytest.fixture
def alone() -> type[Alone]:
    return Alone
