from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from tools.plots.song import draw_mel, draw_spectrogram, draw_volume

Look = Callable[[Figure, Path], list[str]]


def test_volume_shows_every_peak_and_the_curve_below(tmp_path: Path, look: Look) -> None:
    audio = np.zeros(50_000, dtype=np.float32)
    audio[12_345], audio[40_000] = 0.9, -0.7
    path = tmp_path / "volume.png"
    figure = draw_volume(audio, np.linspace(-60, -5, 98).astype(np.float32), seconds=90, title="Tune", path=path)
    texts = look(figure, path)
    assert {"Tune", "amplitude", "volume\n(dB re full scale)", "time (minutes:seconds)", "1:20"} <= set(texts)
    upper, lower = figure.axes
    extent = upper.collections[0].get_datalim(upper.transData)
    assert (extent.y0, extent.y1) == pytest.approx((-0.7, 0.9))
    assert lower.lines[0].get_ydata()[-1] == -5
    assert lower.get_xlim() == (0, 90)


def test_a_spectrogram_has_frequency_upwards_and_a_scale(tmp_path: Path, look: Look) -> None:
    decibels = np.full((1025, 44), -40, dtype=np.float32)
    decibels[:10] = 20
    path = tmp_path / "spectrogram.png"
    figure = draw_spectrogram(decibels, sample_rate=22_050, seconds=1, title="Tune", path=path)
    assert {"Tune", "frequency (kHz)", "power (dB re 1)", "0:00"} <= set(look(figure, path))
    image = figure.axes[0].images[0]
    assert image.origin == "lower"
    assert image.get_extent() == [0, 1, 0, 11.025]
    assert image.get_clim() == (-40, 20)
    assert image.get_cmap().name == "cividis"


def test_a_mel_spectrogram_has_its_frequencies_where_the_bands_are(tmp_path: Path, look: Look) -> None:
    centres = np.linspace(50, 5000, 100)
    path = tmp_path / "mel.png"
    figure = draw_mel(np.zeros((100, 30), np.float32), centres_hertz=centres, seconds=300, title="Tune", path=path)
    texts = look(figure, path)
    assert {"125", "4,000", "power (dB re 1)", "frequency (Hz, mel scale)", "4:00"} <= set(texts)
    assert "8,000" not in texts
    axes = figure.axes[0]
    for at, text in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True):
        assert centres[round(at)] == pytest.approx(float(text.get_text().replace(",", "")), abs=26)
