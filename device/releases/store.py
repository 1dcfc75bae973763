"""The releases on a box: taking one in, switching to it, going back, and clearing away.

folder elsewhere ─▶ .ID.partial ─▶ ID ─▶ trial ─▶ current
                       stage                activate

Whatever stops a step, the current release stays whole, and the same command given again goes on from there.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device.atomic_files import UNFINISHED, copy_whole, folder_lock, sync
from device.errors import ReleaseError
from device.releases.journal import CURRENT, Activation, is_confirmed, read_activation, read_boot_record, switch
from device.releases.manifest import MANIFEST, SIGNATURE, FileEntry, Manifest, describe_file, read_manifest, verify
from device.releases.signature import check_signature, refuse_downgrade

_PARTIAL, _REMOVED = ".partial", ".removed"

Trial = Callable[[Path], None]
"""Loads models and table of a release folder and runs them once; raises ReleaseError if they do not work."""

MARGIN_BYTES = 16 * 1024 * 1024
"""What stays free on the disk beside a new release: room for the journal, the history and the system's own files."""


@dataclass(frozen=True, slots=True)
class ReleaseStore:
    """The folder that holds the releases and the link ``current``."""

    folder: Path
    state_folder: Path
    """Where the daemon writes whether it became ready."""
    allowed_signers: Path | None = None
    """The keys whose signatures are asked for; None asks for none."""

    @property
    def current(self) -> Activation | None:
        """What the link ``current`` stands for."""
        return read_activation(self.folder)

    def release_ids(self) -> list[str]:
        """Return the ids of the releases present, sorted, without links and without what is half copied."""
        folders = [entry.parent for entry in self.folder.glob(f"[!.]*/{MANIFEST}")]
        return sorted(folder.name for folder in folders if not folder.is_symlink())

    def landing(self, release_id: str) -> Path:
        """Return the folder in which a release is put together before it gets its name."""
        return self.folder / f".{release_id}{_PARTIAL}"

    def check(self, folder: Path) -> Manifest:
        """Verify a release's files, and its signature if this box asks for one.

        :raises ReleaseError: naming what is wrong with it.
        """
        if self.allowed_signers is not None:
            check_signature(folder, self.allowed_signers)
        return verify(folder)

    def stage(self, source: Path) -> Manifest:
        """Take a release in from another folder; nothing uses it yet.

        A copy that was interrupted goes on where it stopped, and a damaged release with the same manifest is mended.
        Who pushes may also fill ``.ID.partial`` and name that folder: then nothing needs to be copied.

        :raises ReleaseError: if it is not whole or not trusted, another one has its id, or the disk is too full; the
            releases present are as they were.
        """
        manifest = read_manifest(source)
        target = self.folder / manifest.release_id
        partial = self.landing(manifest.release_id)
        with self._alone():
            refuse_another(target, source)
            landing = target if target.exists() else partial
            if source.resolve() != landing.resolve():
                check_free_space(landing, manifest)
                self.check(source)
                if landing == partial:
                    remove_unlisted(partial, manifest)
                copy_release(source, landing, manifest)
            self.check(landing)
            sync_release(landing, manifest)
            if landing == partial:
                partial.rename(target)
            sync(self.folder)
        return manifest

    def activate(self, release_id: str, *, trial: Trial, allow_downgrade: bool = False) -> Manifest:
        """Make a release that is here the current one, after verifying it and trying it out.

        :param allow_downgrade: take one that was made before the current one, where signatures are asked for.
        :raises ReleaseError: before anything has changed.
        """
        with self._alone():
            now = self.current
            manifest = self._examine(release_id, trial)
            if now is None:
                switch(self.folder, release_id, previous=None)
            elif now.release_id != release_id:
                if self.allowed_signers is not None and not allow_downgrade:
                    refuse_downgrade(manifest, self.folder / CURRENT)
                switch(self.folder, release_id, previous=self._way_back(now, release_id))
        return manifest

    def roll_back(self, *, trial: Trial) -> Manifest:
        """Make the previous release the current one again; the two change places.

        :raises ReleaseError: if there is none, or it is no longer whole.
        """
        with self._alone():
            now = self.current
            if now is None or now.previous is None:
                what = f"{self.folder}: there is no previous release to go back to"
                raise ReleaseError(what, mend="activate another release; mien release list names those present")
            manifest = self._examine(now.previous, trial)
            switch(self.folder, now.previous, previous=now.release_id)
        return manifest

    def collect(self, *, keep: int) -> list[str]:
        """Remove what no longer serves; return the names of what went.

        The current and the previous release stay, the one that the daemon loaded last, and the ``keep`` newest others
        that are whole; leftovers of interrupted work go.
        """
        with self._alone():
            leftovers = [
                entry.name for ending in (_PARTIAL, _REMOVED, UNFINISHED) for entry in self.folder.glob(f".*{ending}")
            ]
            unneeded = self._unneeded(keep)
            for name in unneeded:
                (self.folder / name).rename(self.folder / f".{name}{_REMOVED}")
            for name in [*leftovers, *(f".{name}{_REMOVED}" for name in unneeded)]:
                remove(self.folder / name)
            sync(self.folder)
        return [*leftovers, *unneeded]

    def _unneeded(self, keep: int) -> list[str]:
        now, loaded = self.current, read_boot_record(self.state_folder).release_id
        needed = {loaded, *((now.release_id, now.previous) if now else ())}
        others = sorted(set(self.release_ids()) - needed, key=self._created, reverse=True)
        kept = [name for name in others if verifies(self.folder / name)][:keep]
        return [name for name in others if name not in kept]

    def _created(self, release_id: str) -> str:
        try:
            return read_manifest(self.folder / release_id).created
        except ReleaseError:
            return ""

    def _examine(self, release_id: str, trial: Trial) -> Manifest:
        folder = self.folder / release_id
        manifest = self.check(folder)
        if manifest.release_id != release_id:
            what = f"{folder}: its manifest calls it {manifest.release_id}"
            raise ReleaseError(what, mend=f"name the folder {manifest.release_id}")
        trial(folder)
        sync_release(folder, manifest)
        return manifest

    def _way_back(self, now: Activation, release_id: str) -> str:
        """Keep the way back to the last release that was ready here, rather than to one that never was."""
        if now.previous in {None, release_id} or is_confirmed(now, read_boot_record(self.state_folder)):
            return now.release_id
        return str(now.previous)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other commands out, and tell of what the disk refuses."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with folder_lock(self.folder) as alone:
                if not alone:
                    what = f"{self.folder}: another mien release is at work here"
                    raise ReleaseError(what, mend="wait until it has ended")
                yield
        except OSError as error:
            what = f"{error.filename or self.folder}: {error.strerror}; the releases are as whole as before"
            raise ReleaseError(what, mend="use sudo, or see to the disk, and give the same command again") from error


def verifies(folder: Path) -> bool:
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


def check_free_space(landing: Path, manifest: Manifest) -> None:
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


def remove_unlisted(landing: Path, manifest: Manifest) -> None:
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
