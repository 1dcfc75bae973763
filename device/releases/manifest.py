"""A release: the folder of models and song table that a box can verify and activate on its own.

2026.11.2/
  manifest.json         id, every file's size and hash, versions, label orders
  manifest.json.sig     if the release is signed
  face_emotion/  music_emotion/  songs.sqlite
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from device.atomic_files import stays_inside, write_whole
from device.errors import ReleaseError
from device.releases.journal import CURRENT, JOURNAL

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
SONG_TABLE = "songs.sqlite"
FACE_MODEL = "face_emotion"
MUSIC_MODEL = "music_emotion"

_RESERVED = {CURRENT, JOURNAL, "previous"}
_MEND = "copy the release again, or activate another one"
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size in bytes and SHA-256 in hexadecimal of one file."""

    size: int
    sha256: str

    def __post_init__(self) -> None:
        """Refuse what cannot be added up."""
        if not isinstance(self.size, int) or self.size < 0:
            msg = f"a file's size is {self.size!r}"
            raise ValueError(msg)


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
        if not _ID.fullmatch(self.release_id) or self.release_id in _RESERVED:
            msg = f"release id {self.release_id!r} must be letters, digits, dots, dashes and underscores"
            raise ValueError(msg)
        for path in self.files:
            if not stays_inside(path):
                msg = f"file {path!r} does not lie inside the release"
                raise ValueError(msg)


def describe_file(path: Path) -> FileEntry:
    """Measure and hash a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(path.stat().st_size, digest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` into a release folder in one step."""
    write_whole(folder / MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n")


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
            created=str(content["created"]),
            files={name: FileEntry(**entry) for name, entry in content["files"].items()},
            versions=content["versions"],
            labels={kind: tuple(labels) for kind, labels in content["labels"].items()},
        )
    except OSError as error:
        what = f"{folder}: not a release, {MANIFEST} cannot be read ({error.strerror})"
        raise ReleaseError(what, mend="name a release folder under [paths] release_folder") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{path}: not a valid manifest ({error})"
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
