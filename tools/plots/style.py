"""What all pictures have in common: size, letters, colours, and how a file is written."""

import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from tools.errors import PictureError

WIDTH_INCHES = 5.4
DOTS_PER_INCH = 200
"""1,080 pixels in all, the width of most phones: a letter of 10 pt is 28 of them high."""
SMALL_POINTS = 10

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
"""Okabe and Ito's colours (2008), which people with any colour vision can tell apart; their yellow is left out, since
it is hardly seen on white."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "//", "..", "xx", "--", "oo", "++")
LINES = ("-", "--", "-.", ":")
COLOUR_MAP = "cividis"

_SETTINGS: dict[Any, Any] = {  # matplotlib's stubs want literal keys from 3.11 on
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.labelsize": 12,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": SMALL_POINTS,
    "legend.title_fontsize": SMALL_POINTS,
    "text.parse_math": False,  # a song may have dollars in its name
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_TITLE_LETTERS = 42  # fit into a line
_TITLE_LINES = 3


@contextmanager
def picture(path: Path, *, height_inches: float, title: str) -> Iterator[Figure]:
    """Give a figure to draw on, with a heading; write it to ``path`` as PNG when the drawing is done.

    :raises PictureError: if the file cannot be written.
    """
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_PER_INCH, layout="constrained")
        lines = textwrap.wrap(title, _TITLE_LETTERS, max_lines=_TITLE_LINES, placeholder=" …")
        figure.suptitle("\n".join(lines), fontsize=14)
        yield figure
        with warnings.catch_warnings():
            # A name in a script that the font lacks is drawn as boxes, which is seen.
            warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
            _write(figure, path)


def _write(figure: Figure, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png")
    except OSError as error:
        what = f"{path}: the picture cannot be written ({error.strerror})"
        raise PictureError(what, mend="free some space, or name a folder that can be written") from error
