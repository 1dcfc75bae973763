"""Says what an analysis did: to a person, and in a file for what was passed over."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tools.song_library.analysis import Analysis
from tools.song_library.scan import Skipped

_MOST_SHOWN = 20


class ProgressBar:
    """Draws a bar over the files of an analysis. Use it as a context manager."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("listening"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console)
        self._bar = self._progress.add_task("listening", total=None)

    def __enter__(self) -> Self:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        self._progress.stop()

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` files are done."""
        self._progress.update(self._bar, completed=done, total=total)


def skipped_file(table: Path) -> Path:
    """Name the file that lists what was passed over: ``songs.sqlite.skipped.csv`` for ``songs.sqlite``."""
    return table.with_name(f"{table.name}.skipped.csv")


def write_skipped(path: Path, skipped: Sequence[Skipped]) -> None:
    """Write the columns ``path,reason``; without anything skipped, remove an earlier list."""
    if not skipped:
        path.unlink(missing_ok=True)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "reason"))
        writer.writerows((entry.path, entry.reason) for entry in skipped)


def show(analysis: Analysis, table: Path, seconds: float, console: Console) -> None:
    """Print the outcome of an analysis that took ``seconds``."""
    known = f", {analysis.known} known from before" if analysis.known else ""
    console.print(f"{escape(str(table))}: {analysis.songs} songs in {seconds:.0f} s{known}", soft_wrap=True)
    if not analysis.skipped:
        return
    listing = Table("passed over", "reason", title=f"{len(analysis.skipped)} passed over", title_justify="left")
    for entry in analysis.skipped[:_MOST_SHOWN]:
        listing.add_row(escape(entry.path), escape(entry.reason))
    console.print(listing)
    more = len(analysis.skipped) - _MOST_SHOWN
    rest = f"… and {more} more. " if more > 0 else ""
    console.print(f"{rest}All of them: {escape(str(skipped_file(table)))}", soft_wrap=True)
