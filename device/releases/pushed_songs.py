"""Which music a push brought: that alone ``mien-tools push --delete`` removes; what somebody put there by hand stays.

about to be sent ─▶ noted ─▶ sent ─▶ no table names it any more ─▶ surplus ─▶ removed

    releases/.pushed-songs.json   {"schema": 1, "folders": {"/var/lib/mien/music": {"a/b.ogg": [size, time], …}}}

The record lies beside the releases, where only root writes; in the music folder others may write too, so no link in
there is followed. A file counts as brought only as long as it has the size and the time that it came with.
"""

import json
import os
import posixpath
import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from device.files.atomic_files import write_whole
from device.files.untrusted import Fields, open_regular, parent_beneath, parse_json, read_at_most
from device.releases.alone import alone_in
from device.releases.push_protocol import SongFile

RECORD = ".pushed-songs.json"
MOST_LISTED = 20_000
"""Files of one plan that are named as surplus; should there be more, the next push names the rest."""

_SCHEMA = 1
_MOST_BYTES = 512 * 1024 * 1024
_TIME_TOLERANCE_SECONDS = 2  # the coarsest clock of a file system that a music disk may have, FAT's

Songs = dict[str, SongFile]


def is_same_file(found: os.stat_result, song: SongFile) -> bool:
    """Whether what lies on the disk is of the size and the time that a song is known by."""
    return found.st_size == song.size and abs(int(found.st_mtime) - song.modified) <= _TIME_TOLERANCE_SECONDS


def note_songs(releases: Path, music: Path, songs: Mapping[str, SongFile]) -> None:
    """Write down what a push is about to bring, before it does: half of it may come.

    :raises ReleaseError: if it cannot be written down.
    """
    with _record_of(releases, music) as known:
        known.update((posixpath.normpath(path), song) for path, song in songs.items())


def surplus_of(releases: Path, music: Path, keep: Collection[str]) -> tuple[tuple[str, ...], int]:
    """Name files that a push brought and that may go, and count the others that are not to be kept; both want a look.

    :param keep: what the table names.
    :returns: sorted paths, at most :data:`MOST_LISTED`; and how many files beside them no table names. Hidden ones and
        what lies behind links are neither.
    """
    pushed, kept = _read(releases).get(_name_of(music), {}), _Kept.of(music, keep)
    others = [path for path in _files_under(music) if not kept.holds(path)]
    surplus = [path for path in others if path in pushed and _is_as_it_came(music, path, pushed[path])]
    return tuple(sorted(surplus)[:MOST_LISTED]), len(others) - len(surplus)


def remove_songs(releases: Path, music: Path, names: Iterable[str], keep: Collection[str]) -> list[str]:
    """Remove what a push brought, and the folders that are empty then; return what went.

    Whatever is not, or no longer, as a push brought it stays: hidden files, files that changed, what a link leads to.

    :param names: what may go, as :func:`surplus_of` named it.
    :param keep: what the table names; it stays.
    :raises ReleaseError: if a file cannot be removed, or the record not be written.
    """
    removed, kept = [], _Kept.of(music, keep)
    with _record_of(releases, music) as known:
        for name in map(posixpath.normpath, names):
            if name in known and not kept.holds(name) and not _is_hidden(name) and _remove(music, name, known[name]):
                removed.append(name)
                del known[name]
    return removed


@dataclass(frozen=True, slots=True)
class _Kept:
    """The paths that stay, whatever spelling the disk has for them."""

    music: Path
    paths: frozenset[str]
    by_folded: Mapping[str, str]

    @classmethod
    def of(cls, music: Path, keep: Iterable[str]) -> "_Kept":
        paths = frozenset(map(posixpath.normpath, keep))
        return cls(music, paths, {_folded(path): path for path in paths})

    def holds(self, path: str) -> bool:
        """Whether a file stays: on a stick, ``Song.ogg`` is the very file that a table calls ``song.ogg``."""
        if path in self.paths:
            return True
        other = self.by_folded.get(_folded(path))
        if other is None:
            return False
        try:
            return os.path.samestat((self.music / other).lstat(), (self.music / path).lstat())
        except OSError:
            return False


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


@contextmanager
def _record_of(releases: Path, music: Path) -> Iterator[Songs]:
    """Give what is known of one music folder, and write it down in the end if it has changed."""
    with alone_in(releases):
        folders = _read(releases)
        known = folders.setdefault(_name_of(music), {})
        before = dict(known)
        try:
            yield known
        finally:
            if known != before:
                _write(releases, folders)


def _read(releases: Path) -> dict[str, Songs]:
    """Return what pushes brought, by music folder; a record that is missing or broken tells of nothing."""
    try:
        with open_regular(releases / RECORD) as file:
            content = Fields(parse_json(read_at_most(file, _MOST_BYTES)))
        if content.whole("schema", 0) != _SCHEMA:
            return {}
        folders = content.items("folders") or ()
        return {folder: {path: SongFile(*entry) for path, entry in songs.items()} for folder, songs in folders}  # type: ignore[attr-defined]
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(releases: Path, folders: Mapping[str, Songs]) -> None:
    content = {
        folder: {path: [song.size, song.modified] for path, song in songs.items()} for folder, songs in folders.items()
    }
    write_whole(releases / RECORD, json.dumps({"schema": _SCHEMA, "folders": content}) + "\n", mode=0o644)


def _name_of(music: Path) -> str:
    return os.path.realpath(music)


def _files_under(folder: Path) -> Iterator[str]:
    """Name every file that is not hidden; no link is followed: what lies behind one is not the music folder's."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield f"{parent}/{name}"[len(f"{folder}/") :]


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _is_as_it_came(music: Path, name: str, song: SongFile) -> bool:
    try:
        with parent_beneath(music, name) as (parent, last):
            found = os.stat(last, dir_fd=parent, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and is_same_file(found, song)


def _remove(music: Path, name: str, song: SongFile) -> bool:
    """Remove one file if it is still as it came, and the folders that it leaves empty."""
    if not _is_as_it_came(music, name, song):
        return False
    with parent_beneath(music, name) as (parent, last):
        os.unlink(last, dir_fd=parent)
    while "/" in name:
        name = name.rpartition("/")[0]
        with suppress(OSError):  # it holds something else, most likely
            with parent_beneath(music, name) as (parent, last):
                os.rmdir(last, dir_fd=parent)
            continue
        break
    return True
