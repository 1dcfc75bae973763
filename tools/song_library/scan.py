"""Finds the files of music in a folder."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.audio.decode import SUFFIXES
from tools.song_library.ignore_rules import IGNORE_FILE, IgnoreRules, read_rules
from tools.song_library.skipped import Skipped

WASTE_FOLDERS = frozenset({"__MACOSX"})
"""Folders that archivers leave behind, with files that only look like music."""

_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a folder holds; all paths are relative to it, with forward slashes, as they are spelled there, and sorted.

    ``paths`` are the files of music. ``skipped`` is what an owner would expect to hear and cannot: empty files, names
    that are no UTF-8, what cannot be opened, links that lead out of the folder. ``ignored`` is what ``.mienignore``
    names, and ``left_out`` what nobody misses: hidden files, the waste of file managers, links to music that is found
    at its own place. A folder that was not entered is one entry.
    """

    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    ignored: tuple[Skipped, ...] = ()
    left_out: tuple[Skipped, ...] = ()


def scan(root: Path) -> Scan:
    """List the music below ``root``, which may itself be a link.

    Real files and folders come first; then links, in the order of their paths, to what lies inside the root and was not
    found yet (it may be hidden, as in git-annex). So nothing is found twice and no loop of links is entered.

    :raises DatasetError: if a ``.mienignore`` has a line that is no pattern.
    """
    search = _Search(os.path.realpath(root))
    search.walk(_Folder(search.root, "", None))
    search.follow_links()
    parts = (search.skipped, search.ignored, search.left_out)
    return Scan(tuple(sorted(search.paths)), *(tuple(sorted(part, key=lambda entry: entry.path)) for part in parts))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to look into: where it is, its path for the table (ending in a slash, or empty), and its rules."""

    place: str
    prefix: str
    rules: IgnoreRules | None


@dataclass(slots=True)
class _Search:
    root: str
    paths: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    ignored: list[Skipped] = field(default_factory=list)
    left_out: list[Skipped] = field(default_factory=list)
    links: list[tuple[str, str, IgnoreRules | None]] = field(default_factory=list)
    """Path for the table, where it is, and the rules of its folder."""
    seen: set[_Identity] = field(default_factory=set)
    """Files taken and folders entered."""
    following: bool = False
    """Whether all real files were found; before that, two names of one file are for the content hash to notice."""

    def walk(self, start: _Folder) -> None:
        """Look into a folder and all below it; keep links for later."""
        pending = [start]
        while pending:
            folder = pending.pop()
            try:
                identity = _identity(os.stat(folder.place))  # noqa: PTH116 - a Path for each costs more
                with os.scandir(folder.place) as opened:
                    entries = sorted(opened, key=lambda entry: entry.name)
            except OSError as error:
                self._skip(folder.prefix.rstrip("/") or ".", f"cannot be opened ({error.strerror})")
                continue
            if identity not in self.seen:
                self.seen.add(identity)
                pending.extend(self._look_into(folder, entries))

    def follow_links(self) -> None:
        """Take what links inside the root lead to and was not found yet."""
        self.following = True
        while self.links:
            self.links.sort(reverse=True)
            path, place, rules = self.links.pop()
            target = os.path.realpath(place)
            try:
                status = os.stat(target)  # noqa: PTH116
            except OSError as error:
                if _is_music(path):
                    self._skip(path, f"cannot be read ({error.strerror})")
                continue
            is_folder = stat.S_ISDIR(status.st_mode)
            if not is_folder and not _is_music(path):
                continue
            if not _lies_in(target, self.root):
                self._skip(path, "a link that leads out of the music folder")
            elif is_folder and _identity(status) not in self.seen:
                self.walk(_Folder(target, f"{path}/", rules))
            else:
                self._take(path, status)

    def _look_into(self, folder: _Folder, entries: list[os.DirEntry[str]]) -> Iterator[_Folder]:
        """Take a folder's files, and yield its subfolders."""
        rules = folder.rules
        if any(entry.name == IGNORE_FILE for entry in entries):
            rules = read_rules(Path(folder.place, IGNORE_FILE), folder.prefix, rules)
        for entry in entries:
            path = folder.prefix + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if not (is_folder or entry.is_symlink() or _is_music(entry.name)):
                continue
            if not self._is_wanted(path, entry, rules):
                continue
            if entry.is_symlink():
                self.links.append((path, entry.path, rules))
            elif is_folder:
                yield _Folder(entry.path, f"{path}/", rules)
            else:
                self._take_entry(path, entry)

    def _is_wanted(self, path: str, entry: os.DirEntry[str], rules: IgnoreRules | None) -> bool:
        if entry.name.startswith("._") or entry.name in WASTE_FOLDERS:
            self.left_out.append(_entry(path, "waste of a file manager"))
        elif entry.name.startswith("."):
            self.left_out.append(_entry(path, "hidden"))
        elif line := rules and rules.reason(path, folder=_leads_to_folder(entry)):
            self.ignored.append(_entry(path, line))
        else:
            return True
        return False

    def _take_entry(self, path: str, entry: os.DirEntry[str]) -> None:
        try:
            self._take(path, entry.stat(follow_symlinks=False))
        except OSError as error:
            self._skip(path, f"cannot be read ({error.strerror})")

    def _take(self, path: str, status: os.stat_result) -> None:
        if self.following and _identity(status) in self.seen:
            self.left_out.append(_entry(path, "a link to what is found elsewhere"))
        elif not stat.S_ISREG(status.st_mode):
            self._skip(path, "not a file, but a device or a pipe")
        elif not status.st_size:
            self._skip(path, "an empty file")
        elif not _is_text(path):
            self._skip(path, "its name is not valid UTF-8")
        else:
            self.seen.add(_identity(status))
            self.paths.append(path)

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(_entry(path, reason))


def _entry(path: str, reason: str) -> Skipped:
    return Skipped(path if _is_text(path) else ascii(path), reason)


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    # DirEntry.is_dir() fails on a link that leads to itself.
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and os.path.isdir(entry.path))  # noqa: PTH112


def _is_music(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - a Path for each of 20,000 names costs more


def _lies_in(place: str, root: str) -> bool:
    return place == root or place.startswith(root.rstrip("/") + "/")


def _is_text(name: str) -> bool:
    """Tell whether a name was valid UTF-8; Python stands surrogates in for bytes that were not."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
