"""The files that travel, gathered where nobody else can change which ones they are.

rsync opens files by their names, follows links if it is told to, and looks when it gets there. So it is given a private
folder in which each name leads to a file that we have opened and looked at: what was checked is what is sent, even if
somebody puts a link to ~/.ssh/id_rsa in its place meanwhile.

names ─▶ opened inside their folder ─▶ private folder of links to the open files ─▶ rsync --copy-links
"""

import errno
import fcntl
import os
import posixpath
import resource
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from device.files.untrusted import open_inside
from device.player.music_files import is_music
from device.releases.push_protocol import SongFile
from tools.errors import FleetError

AT_ONCE = 100
"""Files that are held open for one box; twenty boxes are changed at once."""

_F_GETPATH = 50  # of macOS, which has no /proc; Python names it there alone
_MOST_OPEN = 65536
_MOST_VISITS = 16
"""How often a folder is looked into by different links."""

Open = Callable[[str], BinaryIO]


class OutsideError(OSError):
    """A link leads out of its folder."""


class MusicFolder:
    """A folder of music; links in it count as long as they lead to something inside, and it may be a link itself."""

    def __init__(self, path: Path) -> None:
        self._root = os.path.realpath(path)
        self._places: dict[str, str] = {}
        """Where folders were found, for a song is seldom alone in one."""
        self.folders_outside: list[str] = []
        """Links to folders that :meth:`names` did not enter, since they lie elsewhere."""

    def measure(self, name: str) -> SongFile | None:
        """Return a file's size and time, None if there is no such file.

        :raises OutsideError: if a link leads out of the folder.
        """
        try:
            found = os.lstat(f"{self._root}/{self._inside(name)}")
        except OutsideError:
            raise
        except (OSError, ValueError):
            return None
        return SongFile(found.st_size, int(found.st_mtime)) if stat.S_ISREG(found.st_mode) else None

    def open(self, name: str) -> BinaryIO:
        """Open a file for sending.

        :raises OSError: if there is none, or a link leads out of the folder.
        """
        return open_inside(Path(self._root), name)

    def names(self) -> Iterator[str]:
        """Name the music that is not hidden, also what only links inside the folder lead to.

        Who pushes music by itself knows no table; a box that could ask for any file would ask for the letters as well.
        Names that are no text are in no table.
        """
        visits: dict[str, int] = {}
        pending = [(self._root, "")]
        while pending:
            place, prefix = pending.pop()
            visits[place] = visits.get(place, 0) + 1
            if visits[place] > _MOST_VISITS:
                continue
            try:
                with os.scandir(place) as opened:
                    entries = list(opened)
            except OSError:
                continue
            for entry in entries:
                if entry.name.startswith(".") or not _is_text(entry.name):
                    continue
                below = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                if not entry.is_dir():
                    if is_music(entry.name.strip()):
                        yield f"{prefix}{entry.name}"
                elif not _lies_in(below, self._root):
                    self.folders_outside.append(f"{prefix}{entry.name}")
                elif not (entry.is_symlink() and _lies_in(place, below)):  # a loop
                    pending.append((below, f"{prefix}{entry.name}/"))

    def _inside(self, name: str) -> str:
        """Return where a file really lies, relative to the folder."""
        parent, last = posixpath.split(name)
        if parent not in self._places:
            self._places[parent] = os.path.realpath(f"{self._root}/{parent}")
        place = f"{self._places[parent]}/{last}"
        if os.path.islink(place):  # noqa: PTH114 - a Path for each costs more
            place = os.path.realpath(place)
        if not _lies_in(place, self._root):
            raise OutsideError(errno.EXDEV, "a link leads out of the music folder", name)
        return place[len(self._root) :].lstrip("/")


@contextmanager
def gathered(names: Iterable[str], open_file: Open) -> Iterator[str]:
    """Give a folder in which these names, and nothing else, lead to open files; it is gone after the block.

    :raises FleetError: if one of them cannot be opened.
    """
    _allow_many_files()
    with tempfile.TemporaryDirectory(prefix="mien-push-") as folder, ExitStack() as opened:
        for name in {posixpath.normpath(name): name for name in names}.values():
            link = Path(folder, name)
            try:
                file = opened.enter_context(open_file(name))
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(_handle(file))
            except OSError as error:
                what = f"{name}: cannot be sent ({error.strerror})"
                raise FleetError(what, mend="see to that file, then push again: it goes on where it stopped") from error
        yield folder


def in_parts(names: Sequence[str], count: int = AT_ONCE) -> Iterator[Sequence[str]]:
    """Cut a list into pieces of at most ``count`` names."""
    for start in range(0, len(names), count):
        yield names[start : start + count]


def _handle(file: BinaryIO) -> str:
    """Return a path that leads to an open file for other processes; where the system has none, the file's own."""
    handle = f"/proc/{os.getpid()}/fd/{file.fileno()}"
    if os.path.lexists(handle):
        return handle
    return os.fsdecode(fcntl.fcntl(file.fileno(), _F_GETPATH, bytes(1024)).rstrip(b"\0"))


def _allow_many_files() -> None:
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_OPEN if most == resource.RLIM_INFINITY else min(most, _MOST_OPEN)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _lies_in(place: str, root: str) -> bool:
    return place == root or place.startswith(f"{root.rstrip('/')}/")


def _is_text(name: str) -> bool:
    return name.isprintable() or name.encode(errors="ignore").decode() == name
