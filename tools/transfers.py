"""How a transfer goes on: bytes, files and the time that is left, by what rsync says of itself.

rsync's own words ─▶ Transfer ─▶ Progress ─▶ bars on a terminal, or else a line now and then
"""

import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from device.files.sizes import size_text
from device.status.text import duration_text
from tools.console import CleanConsole

_STEP = re.compile(rb"\s*(\d[\d.,']*)\s+\d{1,3}%")
"""How ``rsync --progress`` tells what it has of a file: ``1,234,567  45%  1.20MB/s  0:00:03``, a bracket at its end."""
_ENDED = (b"(xfr#", b"(xfer#")
_LONGEST_WORDS = 4096  # bytes that wait for the end of their line
_WINDOW_SECONDS = 30.0
_FIRST_LINE_SECONDS, _NEXT_LINE_SECONDS = 5.0, 30.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transfer is."""

    bytes_done: int
    bytes_all: int
    files_done: int
    files_all: int
    seconds_left: float | None = None
    """None until that can be told."""

    @property
    def is_over(self) -> bool:
        """Whether all is there."""
        return self.files_done >= self.files_all

    def text(self) -> str:
        """Say it in one line."""
        files = f"{self.files_done} of {self.files_all} file{'' if self.files_all == 1 else 's'}"
        left = "" if self.seconds_left is None or self.is_over else f", {duration_text(self.seconds_left)} left"
        return f"{size_text(self.bytes_done)} of {size_text(self.bytes_all)}, {files}{left}"


Show = Callable[[str, Progress], None]
"""Shows how far the transfer to the box of a name is."""


@dataclass(slots=True)
class Transfer:
    """One transfer, in one part or in several."""

    files: int
    size: int
    """Bytes of all files."""
    show: Callable[[Progress], None]
    clock: Callable[[], float] = time.monotonic
    _before: int = 0
    """Bytes of the parts that are over; ``_ended`` of the files of this part, ``_here`` of the file that travels."""
    _ended: int = 0
    _here: int = 0
    _files_before: int = 0
    _files_ended: int = 0
    _waiting: bytes = b""
    _seen: deque[tuple[float, int]] = field(default_factory=deque)
    """When how many bytes were there."""

    def hear(self, said: bytes) -> None:
        """Take in what rsync prints with ``--progress``, in pieces of any length."""
        *lines, rest = re.split(rb"[\r\n]", self._waiting + said)
        self._waiting = rest[-_LONGEST_WORDS:]
        steps = [line for line in lines if _STEP.match(line)]
        for line in steps:
            self._take(line)
        if steps:
            self._tell()

    def pass_part(self, files: int, size: int) -> None:
        """Take note that a part has arrived, whatever of it had to travel."""
        self._before, self._ended, self._here, self._waiting = self._before + size, 0, 0, b""
        self._files_before, self._files_ended = self._files_before + files, 0
        self._tell()

    def _take(self, line: bytes) -> None:
        found = _STEP.match(line)
        self._here = int(re.sub(rb"\D", b"", found[1])[:18]) if found else 0
        if any(sign in line for sign in _ENDED):
            self._ended, self._here, self._files_ended = self._ended + self._here, 0, self._files_ended + 1

    def _tell(self) -> None:
        now = self.clock()
        done = min(self._before + self._ended + self._here, self.size)
        files = min(self._files_before + self._files_ended, self.files)
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW_SECONDS and len(self._seen) > 2:  # noqa: PLR2004 - a speed needs two
            self._seen.popleft()
        begun, then = self._seen[0]
        left = (self.size - done) * (now - begun) / (done - then) if done > then and now > begun else None
        self.show(Progress(done, self.size, files, self.files, left))


class Lines:
    """A line now and then: for a file, a journal, a terminal that cannot draw."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """Take where the lines go."""
        self._say, self._clock = say, clock
        self._due: dict[str, float] = {}
        self._told: set[str] = set()

    def show(self, name: str, progress: Progress) -> None:
        """Say how far it is if that was not said of late; a short transfer is not worth a line."""
        now = self._clock()
        due = self._due.setdefault(name, now + _FIRST_LINE_SECONDS)
        if now >= due or (progress.is_over and name in self._told):
            self._say(f"{name}: {progress.text()}")
            self._due[name] = now + _NEXT_LINE_SECONDS
            self._told.add(name)
        if progress.is_over:
            self._due.pop(name, None)
            self._told.discard(name)


@contextmanager
def showing(say: Callable[[str], None]) -> Iterator[Show]:
    """Give what shows transfers: bars if standard output is a terminal, else lines."""
    if not sys.stdout.isatty():
        yield Lines(say).show
        return
    from rich.progress import BarColumn, TaskID, TextColumn  # noqa: PLC0415 - only at a terminal
    from rich.progress import Progress as Bars  # noqa: PLC0415

    tasks: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}"))
    # A thread that draws would not go with pyinfra's gevent.
    bars = Bars(*columns, console=CleanConsole(), auto_refresh=False)

    def show(name: str, progress: Progress) -> None:
        bars.start()
        if name not in tasks:
            tasks[name] = bars.add_task(name, text="")
        bars.update(tasks[name], total=progress.bytes_all, completed=progress.bytes_done, text=progress.text())
        bars.refresh()

    try:
        yield show
    finally:
        bars.stop()
