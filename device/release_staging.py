"""Copying a release file by file, so that an interrupted copy goes on and a damaged release is mended."""

import shutil
from pathlib import Path

from device.atomic_files import copy_whole, sync
from device.errors import ReleaseError
from device.releases.manifest import MANIFEST, SIGNATURE, FileEntry, Manifest, describe_file, read_manifest, verify

MARGIN_BYTES = 16 * 1024 * 1024
"""What stays free on the disk beside a new release: room for the journal, the history and the system's own files."""


def is_whole(folder: Path) -> bool:
    """Whether every file of a release is as its manifest describes it."""
    try:
        verify(folder)
    except ReleaseError:
        return False
    return True


def refuse_another(folder: Path, source: Path) -> None:
    """Refuse to mix two releases that have one id.

    :raises ReleaseError: if ``folder`` holds a release with another manifest than ``source``.
    """
    try:
        read_manifest(folder)
    except ReleaseError:
        return  # nothing is there, or what is there cannot be used and is mended
    if (folder / MANIFEST).read_bytes() != (source / MANIFEST).read_bytes():
        what = f"{folder}: another release with this id is here already"
        raise ReleaseError(what, mend="pack the new release under an id of its own")


def refuse_without_room(landing: Path, manifest: Manifest) -> None:
    """Refuse before anything is written if the disk is too full for what is missing in ``landing``.

    :raises ReleaseError: with the bytes needed and the bytes free.
    """
    missing = sum(entry.size for name, entry in manifest.files.items() if not holds(landing / name, entry))
    needed, free = missing + MARGIN_BYTES, shutil.disk_usage(landing.parent).free
    if missing and needed > free:
        what = f"{landing.parent}: the release needs {needed} bytes, a margin included, and {free} are free"
        raise ReleaseError(what, mend="make room, by mien release collect for one")


def copy_release(source: Path, landing: Path, manifest: Manifest) -> None:
    """Copy what ``landing`` lacks of a release, its manifest last.

    :raises ReleaseError: if a file cannot be read or written; what was copied stays, for the next try.
    """
    try:
        for name, entry in manifest.files.items():
            if not holds(landing / name, entry):
                (landing / name).parent.mkdir(parents=True, exist_ok=True)
                copy_whole(source / name, landing / name)
        landing.mkdir(exist_ok=True)  # a release may name no file
        for name in (SIGNATURE, MANIFEST):
            if (source / name).exists():
                copy_whole(source / name, landing / name)
    except OSError as error:
        what = f"{landing}: the release cannot be copied here from {source} ({error.strerror})"
        raise ReleaseError(what, mend="see to the disk, then give the same command again: it goes on") from error


def remove_strangers(landing: Path, manifest: Manifest) -> None:
    """Remove what an earlier copy left and this release does not name."""
    known = {landing / name for name in (*manifest.files, MANIFEST, SIGNATURE)}
    for path in landing.rglob("*"):
        if not path.is_dir() and path not in known:
            path.unlink()


def sync_release(folder: Path, manifest: Manifest) -> None:
    """Wait until a release's files and folders are on the disk, however they came here."""
    files = [folder / name for name in (*manifest.files, MANIFEST)]
    folders = {parent for file in files for parent in file.parents if parent.is_relative_to(folder)}
    for path in [*files, *sorted(folders, reverse=True)]:
        sync(path)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def holds(path: Path, entry: FileEntry) -> bool:
    """Whether a file is there, whole, and of the content that a manifest describes."""
    try:
        return path.is_file() and path.stat().st_size == entry.size and describe_file(path) == entry
    except OSError:
        return False
