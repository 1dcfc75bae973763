import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

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
