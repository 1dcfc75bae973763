"""How loud a song is: integrated loudness (EBU R 128), by FFmpeg's own meter, and true peak, of the sound it is given.

PyAV (FFmpeg) is used here as well. Its meter says what it measured in the metadata of the frames that leave it, which
PyAV does not show; so a filter behind it writes them into a file.
"""

import math
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.filter import Graph

from device.player.levels import Loudness
from device.recommendation.song import LOUDNESS_LUFS, TRUE_PEAK_DB
from tools.audio.true_peak import TruePeakMeter
from tools.audio.window_reader import planar_channels

_WITHHELD = (BlockingIOError, EOFError)
"""How a graph says that it has no frame to give; PyAV's errors are those of Python as well."""


def credible(integrated: float, amplitude: float) -> Loudness | None:
    """Take a loudness in LUFS and a peak as an amplitude, 1 at full scale; None if no song can have them."""
    least, most = LOUDNESS_LUFS
    if not least < integrated <= most or not 0 < amplitude < math.inf:
        return None
    lowest, highest = TRUE_PEAK_DB
    return Loudness(integrated, min(max(20 * math.log10(amplitude), lowest), highest))


class LoudnessMeter:
    """Measures the sound of one song, frame by frame, as if there were no gaps between them; memory does not grow."""

    def __init__(self, folder: Path | None) -> None:
        """Take a folder of one's own for what FFmpeg writes; without one nothing is measured."""
        self._file = folder / "integrated" if folder else None
        self._peak = TruePeakMeter()
        self._graph: Graph | None = None
        self._kind: tuple[str, str, int] | None = None

    def hear(self, frame: av.AudioFrame) -> None:
        """Measure on. A frame of another rate or with other channels than the first is left out.

        What FFmpeg's meter does not take, channels of an unknown order say, is no reason to refuse a song.
        """
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._file is None or self._kind not in (None, kind):
            return
        try:
            if self._graph is None:
                self._graph, self._kind = _meter(*kind, self._file), kind
            self._peak.hear(np.nan_to_num(planar_channels(frame), posinf=0.0, neginf=0.0))
            self._graph.push(frame)
            while True:
                self._graph.pull()
        except _WITHHELD:
            pass
        except (FFmpegError, ValueError):
            self._graph = self._file = None

    def result(self) -> Loudness | None:
        """Return what was measured, once the song is over; None if too little was loud enough to count."""
        self._graph = None  # it writes the last of it as it goes
        return None if self._file is None else credible(_last_value(self._file), self._peak.amplitude)


def _meter(sample_format: str, layout: str, sample_rate: int, file: Path) -> Graph:
    """Make FFmpeg's meter for one kind of frames; it writes the loudness so far into a file."""
    graph = Graph()
    source = graph.add_abuffer(format=sample_format, layout=layout, sample_rate=sample_rate)
    meter = graph.add("ebur128", metadata="1", dualmono="1", framelog="quiet")
    told = graph.add("ametadata", mode="print", key="lavfi.r128.I", file=str(file))
    graph.link_nodes(source, meter, told, graph.add("abuffersink")).configure()
    return graph


@contextmanager
def loudness_meter() -> Iterator[LoudnessMeter]:
    """Lend a meter, for one song; where nothing can be written it measures nothing."""
    with ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mien-loudness-")))
        except OSError:
            folder = None
        yield LoudnessMeter(folder)


def _last_value(file: Path) -> float:
    """Return the number behind the last = of a file; not a number where there is none."""
    try:
        return float(file.read_text(encoding="ascii").rpartition("=")[2])
    except (OSError, ValueError):
        return math.nan
