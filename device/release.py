"""A release: the folder of models and song table that a box can verify and activate on its own.

releases/
  2026.11.1/            manifest.json, face_emotion/, music_emotion/, songs.sqlite
  2026.11.2/
  current  ─▶ 2026.11.2      swapped in one step
  previous ─▶ 2026.11.1      kept for a way back
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from device.errors import ReleaseError

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
SONG_TABLE = "songs.sqlite"
FACE_MODEL = "face_emotion"
MUSIC_MODEL = "music_emotion"

_CURRENT, _PREVIOUS = "current", "previous"
_MEND = "copy the release again, or activate another one"
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size in bytes and SHA-256 in hexadecimal of one file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release holds: every file by its relative path, the versions of its parts, and the orders of labels."""

    release_id: str
    created: str
    files: Mapping[str, FileEntry]
    versions: Mapping[str, str]
    labels: Mapping[str, tuple[str, ...]]
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        """Refuse an id or a path that would lead out of its folder."""
        if not _ID.fullmatch(self.release_id) or self.release_id in {_CURRENT, _PREVIOUS}:
            msg = f"release id {self.release_id!r} must be letters, digits, dots, dashes and underscores"
            raise ValueError(msg)
        for path in self.files:
            if path.startswith("/") or ".." in path.split("/"):
                msg = f"file {path!r} does not lie inside the release"
                raise ValueError(msg)


def describe_file(path: Path) -> FileEntry:
    """Measure and hash a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(path.stat().st_size, digest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` into a release folder in one step."""
    unfinished = folder / f".{MANIFEST}.unfinished"
    unfinished.write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    unfinished.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Read a release's manifest.

    :raises ReleaseError: if it is missing, broken or of another schema.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["schema_version"]
        if version != SCHEMA_VERSION:
            what = f"{path}: this release has schema {version}, and this mien reads schema {SCHEMA_VERSION}"
            raise ReleaseError(what, mend="update mien on this box, or push a release made for it")
        return Manifest(
            release_id=content["release_id"],
            created=content["created"],
            files={name: FileEntry(**entry) for name, entry in content["files"].items()},
            versions=content["versions"],
            labels={kind: tuple(labels) for kind, labels in content["labels"].items()},
        )
    except OSError as error:
        what = f"{folder}: not a release, {MANIFEST} cannot be read ({error.strerror})"
        raise ReleaseError(what, mend="name a release folder under [paths] release_folder") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{path}: not a sound manifest ({error})"
        raise ReleaseError(what, mend=_MEND) from error


def verify(folder: Path) -> Manifest:
    """Check every file of a release against its manifest; files that the manifest does not name are not looked at.

    :raises ReleaseError: naming the first file that is missing, unreadable, of another size, or of another content.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            what = f"{path}: the release lacks this file"
            raise ReleaseError(what, mend=_MEND)
        try:
            found = describe_file(path)
        except OSError as error:
            what = f"{path}: the file cannot be read ({error.strerror})"
            raise ReleaseError(what, mend=_MEND) from error
        if found.size != expected.size:
            what = f"{path}: {found.size} bytes, not the {expected.size} that the manifest names"
            raise ReleaseError(what, mend=_MEND)
        if found.sha256 != expected.sha256:
            what = f"{path}: its content is not the one that the manifest describes"
            raise ReleaseError(what, mend=_MEND)
    return manifest


def activate(releases: Path, release_id: str, *, trial: Callable[[Path], None]) -> Manifest:
    """Make a release the current one, after verifying it and trying it out.

    :param releases: the folder that holds the releases and the links ``current`` and ``previous``.
    :param trial: loads models and table and runs them once; raises ReleaseError if they do not work.
    :raises ReleaseError: before anything has changed.
    """
    folder = releases / release_id
    manifest = verify(folder)
    if manifest.release_id != release_id:
        what = f"{folder}: its manifest calls it {manifest.release_id}"
        raise ReleaseError(what, mend=f"name the folder {manifest.release_id}")
    trial(folder)
    active = active_release(releases)
    if active is not None and active != release_id:
        _link(releases, _PREVIOUS, active)
    _link(releases, _CURRENT, release_id)
    return manifest


def roll_back(releases: Path, *, trial: Callable[[Path], None]) -> Manifest:
    """Make the previous release the current one again; the two change places.

    :raises ReleaseError: if there is none, or it is no longer whole.
    """
    previous = _target(releases, _PREVIOUS)
    if previous is None:
        what = f"{releases}: there is no previous release to go back to"
        raise ReleaseError(what, mend="push another release")
    return activate(releases, previous, trial=trial)


def active_release(releases: Path) -> str | None:
    """Id of the current release, or None."""
    return _target(releases, _CURRENT)


def list_releases(releases: Path) -> list[str]:
    """Ids of the releases present, sorted, without the links and without folders whose name is no id."""
    folders = [entry.parent for entry in releases.glob(f"*/{MANIFEST}")]
    return sorted(folder.name for folder in folders if _ID.fullmatch(folder.name) and not folder.is_symlink())


def _target(releases: Path, name: str) -> str | None:
    link = releases / name
    return link.readlink().name if link.is_symlink() else None


def _link(releases: Path, name: str, release_id: str) -> None:
    unfinished = releases / f".{name}.unfinished"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(release_id)
    unfinished.replace(releases / name)
    descriptor = os.open(releases, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # so that the swap survives a pulled plug
    finally:
        os.close(descriptor)
