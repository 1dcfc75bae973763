"""Tells a person at the terminal what an analysis does and did."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from device.recommendation.song_table import AREAS, PERCENTAGES, PROBABILITIES
from tools.song_library.analysis import Analysis
from tools.song_library.duplicates import duplicates_line
from tools.song_library.skipped import Skipped, notes_file, skipped_file


class AnalysisProgress:
    """Draws a bar over the files of each stage of an analysis. Use it as a context manager."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            _PerMinute(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console)
        self._bar = self._progress.add_task("looking", total=None)

    def __enter__(self) -> Self:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        self._progress.stop()

    def begin(self, stage: str, total: int) -> None:
        """Start the bar again for a stage."""
        self._progress.reset(self._bar, description=stage, total=total)

    def advance(self) -> None:
        """Show one more file."""
        self._progress.advance(self._bar)

    def tell(self, line: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(line, soft_wrap=True, markup=False, highlight=False)


class _PerMinute(ProgressColumn):
    """Shows how many songs a minute are listened to; of the other stages that tells nobody anything."""

    max_refresh = 1.0  # seconds

    def render(self, task: Task) -> Text:
        """Show the speed of late, or of the whole stage."""
        speed = (task.finished_speed or task.speed) if task.description == "listening" else None
        return Text(f"{60 * speed:,.0f} a minute" if speed else "", style="progress.data.speed")


_NAMED = 3
"""Songs that are named at the terminal; the file beside the table lists all of them."""

_WHAT_SHARES_ARE = {
    AREAS: "",
    PERCENTAGES: "The shares of the moods are the percentages that the model's network says, brought to a sum of 100",
    PROBABILITIES: "The shares of the moods are probabilities, brought to a sum of 100: how likely each mood is, and "
    "not how much of it is in the song",
}
"""Of a table, for a person; nothing where they are what they usually are."""


def print_outcome(analysis: Analysis, table: Path, shares: str, seconds: float, console: Console) -> None:
    """Print the outcome of an analysis that took ``seconds``, and what the ``shares`` of its table are."""
    recalled = analysis.songs - analysis.heard
    counts = [f"{analysis.heard} listened to", f"{recalled} recalled", f"{len(analysis.skipped)} skipped"]
    if analysis.ignored:
        counts.append(f"{len(analysis.ignored)} ignored")
    if analysis.fragments:
        counts.append(f"{len(analysis.fragments)} too short")
    end = (
        f"{analysis.songs} song{'' if analysis.songs == 1 else 's'}"
        if analysis.written
        else "not written, since files were skipped"
    )
    lines = [f"{table}: {end} in {seconds:.0f} s ({', '.join(counts)})", duplicates_line(analysis.copies)]
    if analysis.written:
        lines.append(_WHAT_SHARES_ARE[shares])
    lines += [fragments_line(analysis.fragments), *cut_off_lines(analysis.cut_off, table)]
    if analysis.passed_over:
        lines.append(f"What is not in the table, and why: {skipped_file(table)}")
    for line in filter(None, lines):
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def fragments_line(fragments: Sequence[Skipped]) -> str:
    """Sum up what was too short to be a song; empty without any."""
    if not fragments:
        return ""
    files = (
        "1 file is too short to be a song"
        if len(fragments) == 1
        else f"{len(fragments):,} files are too short to be songs"
    )
    return f"{files}, sound effects and fragments; --least-seconds N sets how short that is, and 0 takes everything"


def cut_off_lines(cut_off: Sequence[Skipped], table: Path) -> list[str]:
    """Name songs that lack their end, the first few of many."""
    if not cut_off:
        return []
    songs = "1 song lacks its end, and is" if len(cut_off) == 1 else f"{len(cut_off):,} songs lack their end, and are"
    lines = [f"{songs} in the table all the same; copy {'it' if len(cut_off) == 1 else 'them'} again:"]
    lines += [f"  {note.path}: {note.reason}" for note in cut_off[:_NAMED]]
    left = len(cut_off) - _NAMED
    return [*lines, f"  and {left:,} more, in {notes_file(table)}"] if left > 0 else lines
