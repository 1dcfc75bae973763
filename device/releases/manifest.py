"""A release: the folder of models and song table that a box can verify and activate on its own.

2026.11.2/
  manifest.json         id, every file's size and hash, versions, label orders
  manifest.json.sig     if the release is signed
  face_emotion/  music_emotion/  songs.sqlite

Whoever hands a release over may have written anything in its place. So one function reads its files, :func:`read_file`:
it follows no link, takes regular files only, and stops where the manifest says that the file ends. What a manifest may
say has the limits below, for those who read one and for those who write one.
"""

import hashlib
import json
import os
import re
from collections.abc import Generator, Iterator, Mapping, Sized
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from device.errors import ReleaseError
from device.files.atomic_files import UNFINISHED, write_whole
from device.files.untrusted import open_beneath, open_regular, parse_json, plain, read_at_most, stays_inside
from device.releases.journal import is_release_id

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
SONG_TABLE = "songs.sqlite"
FACE_MODEL = "face_emotion"
MUSIC_MODEL = "music_emotion"

MOST_MANIFEST_BYTES = 1024 * 1024
MOST_FILES = 1000
MOST_RELEASE_BYTES = 1024**4
"""Of all files together. Whether the box has room for them is asked when they come."""
MOST_FOLDERS = 8
"""One inside the other, on the way to a file."""
LONGEST_PATH_BYTES = 512
LONGEST_NAME_BYTES = 255
MOST_WORDS = 1000
"""Versions, kinds of labels, and labels of one kind."""
LONGEST_WORD = 128
"""Characters of a version, of a label, and of the time at which a release was made."""
YEARS = range(1970, 2201)
"""In which a release can have been made; a clock that was never set says 1970."""

_MEND = "copy the release again, or activate another one"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size in bytes and SHA-256 in hexadecimal of one file."""

    size: int
    sha256: str

    def __post_init__(self) -> None:
        """Refuse what cannot be added up, and what no file has for its hash."""
        if type(self.size) is not int or not 0 <= self.size <= MOST_RELEASE_BYTES:
            msg = f"a file's size is {_shown(self.size)}"
            raise ValueError(msg)
        if not isinstance(self.sha256, str) or not _SHA256.fullmatch(self.sha256):
            msg = f"a file's sha256 is {_shown(self.sha256)}"
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
        """Refuse an id or a path that would lead out of its folder, and more files than a release has."""
        if not is_release_id(self.release_id):
            msg = f"release id {_shown(self.release_id)} must be letters, digits, dots, dashes and underscores"
            raise ValueError(msg)
        if len(self.files) > MOST_FILES or sum(entry.size for entry in self.files.values()) > MOST_RELEASE_BYTES:
            msg = f"it names more than {MOST_FILES} files, or more than {MOST_RELEASE_BYTES} bytes"
            raise ValueError(msg)
        for path in self.files:
            if trouble := _trouble_with(path):
                msg = f"file {_shown(path)} {trouble}"
                raise ValueError(msg)
        if both := {folder for path in self.files for folder in _folders_of(path)} & self.files.keys():
            msg = f"{_shown(min(both))} is a file and a folder"
            raise ValueError(msg)


def describe_file(path: Path) -> FileEntry:
    """Measure and hash a file.

    :raises OSError: if it cannot be read, or is no regular file; a link is none.
    """
    digest, size = hashlib.sha256(), 0
    with open_regular(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return FileEntry(size, digest.hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` into a release folder in one step."""
    write_whole(folder / MANIFEST, manifest_bytes(manifest))


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return a manifest as it is written; whether a box would take it, :func:`parse_manifest` knows."""
    return (json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """Read a release's manifest.

    :raises ReleaseError: if it is missing, broken or of another schema.
    """
    return parse_manifest(read_manifest_bytes(folder), folder / MANIFEST)


def read_manifest_bytes(folder: Path) -> bytes:
    """Read a release's manifest as it was written, for whoever has more to do with it than to parse it.

    :raises ReleaseError: if it is missing, no regular file, or larger than :data:`MOST_MANIFEST_BYTES`.
    """
    try:
        with open_beneath(folder, MANIFEST) as file:
            return read_at_most(file, MOST_MANIFEST_BYTES)
    except OSError as error:
        what = f"{folder}: not a release, {MANIFEST} cannot be read ({error.strerror})"
        if not os.path.lexists(folder):
            what = f"{folder}: there is no such folder"
            mend = "name a release's folder (mien release list tells of those here), or see [paths] release_folder"
        elif isinstance(error, FileNotFoundError):
            mend = "pack it where it was made: mien-tools pack-release FOLDER --id ID"
        else:
            mend = "see to it that this user can read it, and that it is a file"
        raise ReleaseError(what, mend=mend) from error


def parse_manifest(content: bytes, path: Path) -> Manifest:
    """Understand a manifest.

    :param path: where it comes from, for the words of an error.
    :raises ReleaseError: if it is broken, beyond the limits, or of another schema.
    """
    try:
        text = read_at_most(BytesIO(content), MOST_MANIFEST_BYTES).decode()
        return _manifest_of(_table(parse_json(text), "it"), path)
    except KeyError as error:
        what = f"{path}: not a valid manifest (it has no {error})"
        raise ReleaseError(what, mend=_MEND) from error
    except (ValueError, TypeError, OSError) as error:
        what = f"{path}: not a valid manifest ({plain(str(error), most=300)})"
        raise ReleaseError(what, mend=_MEND) from error


def verify(folder: Path) -> Manifest:
    """Check every file of a release against its manifest; files that the manifest does not name are not looked at.

    :raises ReleaseError: naming the first file that is missing, unreadable, of another size, or of another content.
    """
    manifest = read_manifest(folder)
    verify_files(folder, manifest)
    return manifest


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Check every file of a release against a manifest that is known already.

    :raises ReleaseError: as :func:`verify` does.
    """
    for name, entry in manifest.files.items():
        read_file(folder, name, entry)


def read_file(folder: Path, name: str, entry: FileEntry, *, into: BinaryIO | None = None) -> None:
    """Read one file of a release, and see that it is the one that the manifest describes.

    What is hashed is what is written: the file is opened once and read once, not a byte further than its size.

    :param into: takes what is read. If this raises, it holds something else than the release's file.
    :raises ReleaseError: if the file is missing, unreadable, no regular file, reached through a link, or another one.
    :raises OSError: if ``into`` cannot be written.
    """
    path = folder / name
    digest, size = hashlib.sha256(), 0
    with closing(_chunks(folder, name, entry)) as chunks:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            if into is not None:
                into.write(chunk)
    if size != entry.size:
        raise _of_another_size(path, size, entry)
    if digest.hexdigest() != entry.sha256:
        what = f"{path}: its content is not the one that the manifest describes"
        raise ReleaseError(what, mend=_MEND)


def is_whole(folder: Path, name: str, entry: FileEntry) -> bool:
    """Whether a file is there, whole, and of the content that a manifest describes."""
    try:
        read_file(folder, name, entry)
    except ReleaseError:
        return False
    return True


def made_at(manifest: Manifest) -> datetime:
    """Return when a release was made; without a time zone it is told by the clock of this machine.

    :raises ValueError: if it says no time, or none within :data:`YEARS`.
    """
    try:
        made = datetime.fromisoformat(manifest.created)
    except ValueError:
        made = None
    if made is None or made.year not in YEARS:
        msg = f"created is {_shown(manifest.created)}, no time from {YEARS[0]} to {YEARS[-1]}"
        raise ValueError(msg)
    return made.astimezone()


def _chunks(folder: Path, name: str, entry: FileEntry) -> Generator[bytes]:
    """Give a file's content in pieces, at most as many bytes as it should have, and fail as reading does."""
    path = folder / name
    try:
        with open_beneath(folder, name) as file:
            found = os.fstat(file.fileno()).st_size
            if found != entry.size:
                raise _of_another_size(path, found, entry)
            left = entry.size
            while chunk := file.read(min(_CHUNK_BYTES, left)):
                left -= len(chunk)
                yield chunk
            if not left and file.read(1):  # it grows while it is read
                raise _of_another_size(path, entry.size + 1, entry)
    except FileNotFoundError as error:
        what = f"{path}: the release lacks this file"
        raise ReleaseError(what, mend=_MEND) from error
    except OSError as error:
        what = f"{path}: the file cannot be read ({error.strerror})"
        raise ReleaseError(what, mend=_MEND) from error


def _of_another_size(path: Path, found: int, entry: FileEntry) -> ReleaseError:
    what = f"{path}: {found} bytes, not the {entry.size} that the manifest names"
    return ReleaseError(what, mend=_MEND)


def _manifest_of(content: dict[str, Any], path: Path) -> Manifest:
    version = content["schema_version"]
    if type(version) is not int or version != SCHEMA_VERSION:
        what = f"{path}: this release has schema {_shown(version)}, and this mien reads schema {SCHEMA_VERSION}"
        raise ReleaseError(what, mend="update mien on this box, or push a release made for it")
    files = _table(content["files"], "files", most=MOST_FILES)
    labels = _table(content["labels"], "labels")
    manifest = Manifest(
        release_id=_word(content["release_id"], "the release id"),
        created=_word(content["created"], "created"),
        files={name: FileEntry(**_table(entry, f"file {_shown(name)}")) for name, entry in files.items()},
        versions={
            _word(part, "a part"): _word(version, f"the version of {part}")
            for part, version in _table(content["versions"], "versions").items()
        },
        labels={_word(kind, "a kind of labels"): _words(words, f"labels {kind}") for kind, words in labels.items()},
    )
    made_at(manifest)
    return manifest


def _table(value: object, name: str, *, most: int = MOST_WORDS) -> dict[str, Any]:
    if not isinstance(value, dict):
        msg = f"{name} is {_shown(value)}, not an object"
        raise TypeError(msg)
    _refuse_crowd(value, name, most)
    return value


def _words(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        msg = f"{name} is {_shown(value)}, not a list"
        raise TypeError(msg)
    _refuse_crowd(value, name, MOST_WORDS)
    return tuple(_word(word, f"one of {name}") for word in value)


def _refuse_crowd(entries: Sized, name: str, most: int) -> None:
    if len(entries) > most:
        msg = f"{name} has {len(entries)} entries, more than {most}"
        raise ValueError(msg)


def _word(value: object, name: str) -> str:
    """Take a text that can be shown as it stands, in a line of a table or in a metric."""
    if not isinstance(value, str) or len(value) > LONGEST_WORD or not value.isprintable():
        msg = f"{name} is {_shown(value)}, not a text of at most {LONGEST_WORD} characters that can be printed"
        raise ValueError(msg)
    return value


def _trouble_with(path: object) -> str:
    """Say why a path cannot be that of a release's file, nothing if it can."""
    if not isinstance(path, str):
        return "has a path that is no text"
    if not path.isprintable():  # before it is encoded, which half a character cannot be
        return "has a name that cannot be printed"
    if not stays_inside(path):
        return "does not lie inside the release"
    parts = path.split("/")
    troubles = {
        "is not written in the shortest way": any(part in {"", "."} for part in parts),
        f"lies deeper than {MOST_FOLDERS} folders": len(parts) > MOST_FOLDERS + 1,
        f"has a path of more than {LONGEST_PATH_BYTES} bytes": len(path.encode()) > LONGEST_PATH_BYTES,
        f"has a name of more than {LONGEST_NAME_BYTES} bytes": any(len(p.encode()) > LONGEST_NAME_BYTES for p in parts),
        "has a name that mien keeps for its own files": path in {MANIFEST, SIGNATURE}
        or any(part.endswith(UNFINISHED) for part in parts),
    }
    return next((trouble for trouble, is_so in troubles.items() if is_so), "")


def _folders_of(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _shown(value: object) -> str:
    return plain(repr(value), most=80)
