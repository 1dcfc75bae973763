"""A song to look at: how loud it is, its spectrogram and its mel spectrogram."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import NDArray

from tools.plots.style import COLOUR_MAP, COLOURS, SMALL_POINTS, picture

Values = NDArray[np.float32]

_COLUMNS = 1000
"""More could not be told apart at the width of a picture."""
_STEPS_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_MOST_TICKS = 6
_MEL_TICKS_HERTZ = (125, 250, 500, 1000, 2000, 4000, 8000)


def draw_volume(audio: Values, volume_db: Values, *, seconds: float, title: str, path: Path) -> Figure:
    """Draw the amplitude of a song, from its lowest to its highest value at each time, and its volume below.

    :param audio: ``(n,)`` in [-1, 1].
    :param volume_db: ``(n_frames,)``, as :func:`tools.audio.features.volume` gives it.
    :param seconds: how long both last.
    """
    with picture(path, height_inches=5.4, title=title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        parts = np.array_split(audio, min(_COLUMNS, len(audio)))
        times = np.linspace(0, seconds, len(parts))
        upper.fill_between(times, [p.min() for p in parts], [p.max() for p in parts], color=COLOURS[0], linewidth=0)
        upper.set(ylim=(-1, 1), ylabel="amplitude")
        lower.plot(np.linspace(0, seconds, len(volume_db)), volume_db, color=COLOURS[0], linewidth=1)
        lower.set(ylabel="volume\n(dB re full scale)")
        lower.grid(axis="y", alpha=0.4)
        _time_axis(lower, seconds)
    return figure


def draw_spectrogram(spectrogram_db: Values, *, sample_rate: int, seconds: float, title: str, path: Path) -> Figure:
    """Draw a spectrogram ``(bins, n_frames)`` in dB re 1, whose bins reach evenly from 0 Hz to half the sample rate."""
    with picture(path, height_inches=5.4, title=title) as figure:
        axes = _image(figure, spectrogram_db, (0, seconds, 0, sample_rate / 2000))
        axes.set_ylabel("frequency (kHz)")
    return figure


def draw_mel(
    log_mel_db: Values, *, centres_hertz: NDArray[np.float64], seconds: float, title: str, path: Path
) -> Figure:
    """Draw a mel spectrogram ``(n_mels, n_frames)`` in dB re 1; every band is as high as another.

    :param centres_hertz: ``(n_mels,)``, rising: where each band peaks.
    """
    with picture(path, height_inches=5.4, title=title) as figure:
        axes = _image(figure, log_mel_db, (0, seconds, -0.5, len(log_mel_db) - 0.5))
        ticks = [hertz for hertz in _MEL_TICKS_HERTZ if centres_hertz[0] <= hertz <= centres_hertz[-1]]
        axes.set_yticks(np.interp(ticks, centres_hertz, np.arange(len(centres_hertz))), [f"{h:,}" for h in ticks])
        axes.set_ylabel("frequency (Hz, mel scale)")
    return figure


def _image(figure: Figure, decibels: Values, extent: tuple[float, float, float, float]) -> Axes:
    axes = figure.add_subplot()
    image = axes.imshow(decibels, cmap=COLOUR_MAP, origin="lower", aspect="auto", extent=extent)
    bar = figure.colorbar(image, ax=axes, location="bottom", aspect=40, pad=0.02)
    bar.set_label("power (dB re 1)", size=SMALL_POINTS)
    bar.ax.tick_params(labelsize=SMALL_POINTS)
    _time_axis(axes, extent[1])
    return axes


def _time_axis(axes: Axes, seconds: float) -> None:
    axes.set_xlim(0, seconds)
    axes.set_xlabel("time (minutes:seconds)")
    step = next((step for step in _STEPS_SECONDS if seconds / step < _MOST_TICKS), _STEPS_SECONDS[-1])
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{int(at) // 60}:{at % 60:04.1f}".removesuffix(".0")))
