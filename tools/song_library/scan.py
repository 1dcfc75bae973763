"""Finds the files of music in a folder."""

import os
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset({".flac", ".m4a", ".mp3", ".ogg", ".opus", ".wav"})
"""In lower case; files are taken in any."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that was passed over: its path relative to the music folder, and the reason for a person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """``paths`` relative to the music folder, with forward slashes, sorted; and what could not be looked into."""

    paths: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def scan(root: Path) -> Scan:
    """List the music below ``root``.

    Links are followed, a folder that is reached a second time (a link that leads back, say) is not entered again.
    Names that begin with a dot are left out: they are the waste of file managers.
    """
    paths: list[str] = []
    skipped: list[Skipped] = []
    seen: set[tuple[int, int]] = set()

    def refuse(error: OSError) -> None:
        skipped.append(Skipped(_relative(root, Path(error.filename)), f"cannot be opened ({error.strerror})"))

    for folder, subfolders, files in os.walk(root, followlinks=True, onerror=refuse):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        identity = _identity(Path(folder))
        if identity in seen:
            subfolders.clear()
            continue
        seen.add(identity)
        for name in files:
            if name.startswith(".") or Path(name).suffix.lower() not in SUFFIXES:
                continue
            path = _relative(root, Path(folder, name))
            if _is_text(path):
                paths.append(path)
            else:
                skipped.append(Skipped(ascii(path), "its name is not valid UTF-8"))
    return Scan(tuple(sorted(paths)), tuple(sorted(skipped, key=lambda entry: entry.path)))


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_text(name: str) -> bool:
    """Tell whether a name was valid UTF-8; Python stands surrogates in for bytes that were not."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
