"""The terminal as the workstation's verbs write to it: rich's console, for words that somebody else has written.

Names of files, tags and data sets are text and never markup; what a terminal would obey is left out, and a string is
one line. What rich itself draws, colours and bars, stays.
"""

from collections.abc import Iterable
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from device.files.untrusted import printable


class CleanConsole(Console):
    """A console that takes every string as one line of plain text."""

    def __init__(self, *, stderr: bool = False, file: IO[str] | None = None, width: int | None = None) -> None:
        """Write to standard output, to standard error, or to a file."""
        super().__init__(stderr=stderr, file=file, width=width, markup=False, emoji=False)

    def render_str(self, text: str, **ways: Any) -> Text:  # noqa: ANN401 - rich's own
        """Make a text of a string: what is printed, and every cell, title and label."""
        return super().render_str(printable(text), **ways)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Draw; what came as something else than a string is cleaned here."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text == "\n" or segment.text.isprintable():
                yield segment
            else:
                lines = segment.text.split("\n")
                yield Segment("\n".join(printable(line, most=None) for line in lines), segment.style)
