"""A library's own folder, kept between runs, so that nothing is heard, packed or sent twice.

~/.local/share/mien/Music-1a2b3c4d/
songs.sqlite    the song table, and beside it what the analysis remembers
report/         the page about it
release/        the models and a copy of the table: what travels
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from device.errors import ReleaseError
from device.files.atomic_files import UNFINISHED, unfinished
from device.releases.manifest import SONG_TABLE, FileEntry, describe_file, read_manifest, verify
from tools.releases.packing import names_of, suggested_id

_SHORT = 8  # characters of a hash; two libraries of one name are told apart


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the parts of one library lie."""

    folder: Path

    @classmethod
    def of(cls, music: Path) -> "Kept":
        """Name the folder that belongs to a music folder, under ``XDG_DATA_HOME``; it is not made."""
        given = Path(os.environ.get("XDG_DATA_HOME", ""))
        home = given if given.is_absolute() else Path.home() / ".local" / "share"  # what is relative does not count
        place = os.path.realpath(music)
        short = hashlib.sha256(os.fsencode(place)).hexdigest()[:_SHORT]
        return cls(home / "mien" / f"{suggested_id(Path(place).name)}-{short}")

    @property
    def table(self) -> Path:
        """The song table."""
        return self.folder / SONG_TABLE

    @property
    def report(self) -> Path:
        """The folder of the page about it."""
        return self.folder / "report"

    @property
    def release(self) -> Path:
        """The release's folder."""
        return self.folder / "release"

    def last_id(self) -> str | None:
        """Return the id under which the release was packed last, None if it never was."""
        try:
            return read_manifest(self.release).release_id
        except ReleaseError:
            return None

    def packed_id(self) -> str | None:
        """Return the id of the release if it was packed by this mien and has not changed since."""
        try:
            manifest = verify(self.release)
            is_all = set(manifest.files) == set(names_of(self.release))
        except ReleaseError:
            return None
        return manifest.release_id if is_all and manifest.versions.get("mien") == metadata.version("mien") else None

    def lay_out(self, models: Mapping[str, Path]) -> None:
        """Let the release's folder hold these models and the table, and touch nothing that is right already.

        :param models: the folder of each, by the name that it has in a release.
        :raises ReleaseError: if one cannot be copied.
        """
        try:
            self.release.mkdir(parents=True, exist_ok=True)
            for name, model in models.items():
                if _files_of(model) != _files_of(self.release / name):
                    _copy(model, self.release / name)
            table = self.release / SONG_TABLE
            if not table.exists() or describe_file(table) != describe_file(self.table):
                with unfinished(table) as hidden:
                    shutil.copyfile(self.table, hidden)
        except OSError as error:
            what = f"{error.filename or self.release}: the release cannot be put together ({error.strerror})"
            raise ReleaseError(what, mend="see to it that this file can be read, and this folder written") from error


def _files_of(folder: Path) -> dict[str, FileEntry]:
    """Describe every file of a model, by its path in it; a link counts as what it leads to."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): describe_file(path.resolve()) for path in paths}


def _copy(model: Path, target: Path) -> None:
    """Copy a model whole, then let it take the place of what is there."""
    fresh = target.with_name(f".{target.name}{UNFINISHED}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(model, fresh)
    if target.exists():
        shutil.rmtree(target)
    fresh.rename(target)
