"""Writes a report into a folder: the page and its pictures."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from device.recommendation.song_table import SongTable
from tools.library_report.content import OBSERVATIONS, gather_content
from tools.library_report.neighbours import Progress
from tools.library_report.page import write_page
from tools.library_report.plots import draw_pictures
from tools.song_library.skipped import Skipped


def write_report(  # noqa: PLR0913 - what is told, where to, and how exactly
    table: SongTable,
    name: str,
    skipped: Sequence[Skipped],
    out: Path,
    progress: Progress,
    *,
    observations: int = OBSERVATIONS,
    cut_off: Sequence[Skipped] = (),
) -> Iterator[Path]:
    """Write ``report.html``, ``map.png`` and ``octants.png``; each is named when it is written.

    :param name: of the library, for headings.
    :param progress: is told of the work before the first file.
    :param observations: how many to simulate for the reach.
    :param cut_off: songs of the table whose files lack their end.
    :raises PictureError: if a file cannot be written.
    """
    content = gather_content(table, skipped, progress, observations=observations, cut_off=cut_off)
    path = out / "report.html"
    write_page(content, name, path)
    yield path
    yield from draw_pictures(content, name, out)
