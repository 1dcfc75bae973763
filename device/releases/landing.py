"""Putting a release together in a folder of its own, from a folder that somebody else may be changing meanwhile.

Nothing is taken over but the files that the manifest names, each read once and hashed as it is written. Until its hash
is known to be right, nobody but the one who copies can read the copy; if it is wrong, the copy goes. In the folder that
is written to, no link is followed either: a pusher may have filled it.
"""

import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from device.files.atomic_files import UNFINISHED, sync
from device.releases.manifest import MANIFEST, SIGNATURE, FileEntry, Manifest, is_whole, read_file

_HIDDEN = f".landing{UNFINISHED}"
"""Under this name a file is written before it gets its own; a manifest names none like it."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE, _READABLE = 0o600, 0o644


def lacking(landing: Path, manifest: Manifest) -> dict[str, FileEntry]:
    """Return the files of a release that are not there, whole."""
    return {name: entry for name, entry in manifest.files.items() if not is_whole(landing, name, entry)}


def copy_release(source: Path, landing: Path, files: Mapping[str, FileEntry], texts: Mapping[str, bytes]) -> None:
    """Copy files of a release, then write its signature and its manifest.

    :param texts: by name what is known already and is written as it is, in this order.
    :raises ReleaseError: if a file of ``source`` is not the one that the manifest describes; it has left nothing.
    :raises OSError: if one cannot be written; what was copied stays, for the next try.
    """
    landing.mkdir(exist_ok=True)
    for name, entry in files.items():
        with _landing_file(landing, name) as file:
            read_file(source, name, entry, into=file)
    for name, text in texts.items():
        with _landing_file(landing, name) as file:
            file.write(text)


def clear_away(landing: Path, manifest: Manifest, texts: Collection[str]) -> None:
    """Remove from a folder all that is no file of this release: what an earlier copy left, and what is no file at all.

    :param texts: the names of manifest and signature, which stay too.
    :raises OSError: if something cannot be removed.
    """
    if landing.is_symlink() or not landing.is_dir():
        landing.unlink(missing_ok=True)
        return
    known = {*manifest.files, *texts}
    on_the_way = {str(folder) for name in known for folder in Path(name).parents}
    for parent, folders, files, descriptor in os.fwalk(landing, topdown=False):
        here = Path(parent).relative_to(landing)
        for name in (*folders, *files):
            mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
            path = str(here / name)
            if stat.S_ISDIR(mode):
                if path not in on_the_way:
                    os.rmdir(name, dir_fd=descriptor)
            elif not stat.S_ISREG(mode) or path not in known:
                os.unlink(name, dir_fd=descriptor)


def is_ours_alone(folder: Path) -> bool:
    """Whether a folder holds no links, and nothing that others than root and the caller can change.

    :raises OSError: if it cannot be looked at.
    """
    trusted_users, trusted_groups = {0, os.geteuid()}, {0, os.getegid()}
    for _, folders, files, descriptor in os.fwalk(folder, onerror=_fail):
        for found in (
            os.fstat(descriptor),
            *(os.stat(name, dir_fd=descriptor, follow_symlinks=False) for name in (*folders, *files)),
        ):
            others = stat.S_IWOTH if found.st_gid in trusted_groups else stat.S_IWOTH | stat.S_IWGRP
            if found.st_uid not in trusted_users or found.st_mode & others or stat.S_ISLNK(found.st_mode):
                return False
    return True


def sync_release(folder: Path, manifest: Manifest) -> None:
    """Wait until a release's files and folders are on the disk, however they came here."""
    signature = (SIGNATURE,) if (folder / SIGNATURE).is_file() else ()
    files = [folder / name for name in (*manifest.files, *signature, MANIFEST)]
    folders = {parent for file in files for parent in file.parents if parent.is_relative_to(folder)}
    for path in [*files, *sorted(folders, reverse=True)]:
        sync(path)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _landing_file(landing: Path, name: str) -> Iterator[BinaryIO]:
    """Give a file to write; as the block ends, it is on the disk, has its name and can be read by everybody.

    If the block raises, nothing of it is left. A link or file where a folder belongs makes way, as does a folder where
    the file belongs.
    """
    *folders, last = name.split("/")
    with ExitStack() as opened:
        at = os.open(landing, _FOLDER)
        opened.callback(os.close, at)
        for folder in folders:
            at = _enter(folder, at)
            opened.callback(os.close, at)
        _make_way(_HIDDEN, at)
        descriptor = os.open(_HIDDEN, _NEW_FILE, _PRIVATE, dir_fd=at)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fchmod(descriptor, _READABLE)
                os.fsync(descriptor)
            _make_way(last, at, files=False)
            os.rename(_HIDDEN, last, src_dir_fd=at, dst_dir_fd=at)
        except BaseException:
            with suppress(OSError):
                os.unlink(_HIDDEN, dir_fd=at)
            raise


def _fail(error: OSError) -> None:
    raise error


def _enter(folder: str, at: int) -> int:
    """Open a folder inside another one, made if need be."""
    _make_way(folder, at, folders=False)
    with suppress(FileExistsError):
        os.mkdir(folder, dir_fd=at)
    return os.open(folder, _FOLDER, dir_fd=at)


def _make_way(name: str, at: int, *, files: bool = True, folders: bool = True) -> None:
    """Remove what has a name already, if it is of a kind that cannot stay."""
    try:
        mode = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        if folders:
            shutil.rmtree(name, dir_fd=at)
    elif files:
        os.unlink(name, dir_fd=at)
