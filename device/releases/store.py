"""The releases on a box: taking one in, switching to it, going back, and clearing away.

folder elsewhere ─▶ .ID.partial ─▶ ID ─▶ trial ─▶ current
                       stage                activate

Whatever stops a step, the current release stays whole, and the same command given again goes on from there.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

from device.errors import ReleaseError
from device.files.atomic_files import UNFINISHED, sync
from device.files.sizes import size_text
from device.files.untrusted import plain
from device.releases.alone import alone_in
from device.releases.journal import (
    CURRENT,
    Activation,
    is_confirmed,
    is_release_id,
    read_activation,
    read_boot_record,
    switch,
)
from device.releases.landing import clear_away, copy_release, is_ours_alone, lacking, remove, sync_release
from device.releases.manifest import (
    MANIFEST,
    Manifest,
    parse_manifest,
    read_manifest,
    read_manifest_bytes,
    verify,
)
from device.releases.signature import Papers, check_release, check_stored_release, read_papers, refuse_downgrade

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
        """Return the ids of the releases present, sorted, without links and without what is half copied.

        :raises ReleaseError: if the folder cannot be looked into.
        """
        try:
            with os.scandir(self.folder) as entries:
                names = [e.name for e in entries if is_release_id(e.name) and e.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        except OSError as error:
            what = f"{self.folder}: cannot be looked into ({error.strerror})"
            raise ReleaseError(what, mend="use sudo, or log in as somebody of the group mien") from error
        return sorted(name for name in names if os.path.lexists(self.folder / name / MANIFEST))

    def landing(self, release_id: str) -> Path:
        """Return the folder in which a release is put together before it gets its name."""
        return self.folder / f".{release_id}{_PARTIAL}"

    def check(self, folder: Path) -> Manifest:
        """Verify a release's files, and its signature if this box asks for one.

        :raises ReleaseError: naming what is wrong with it.
        """
        return check_release(folder, self.allowed_signers)

    def has(self, release_id: str) -> bool:
        """Whether a release is here, whole, and signed if this box asks for that."""
        try:
            self.check(self.folder / release_id)
        except ReleaseError:
            return False
        return True

    def stage(self, source: Path) -> Manifest:
        """Take a release in from another folder; nothing uses it yet.

        A copy that was interrupted goes on where it stopped, and a damaged release with the same manifest is mended.
        Who pushes may also fill ``.ID.partial`` and name that folder: then nothing needs to be copied, unless others
        than root and the caller could still change it.

        :raises ReleaseError: if it is not whole or not trusted, another one has its id, or the disk is too full; the
            releases present are as they were, and what this call has begun is gone. Only if the disk fails does a
            begun copy stay, for the next try.
        """
        papers = read_papers(source, self.allowed_signers)
        target, partial = self.folder / papers.manifest.release_id, self.landing(papers.manifest.release_id)
        with self._alone():
            _refuse_other_manifest(target, papers.texts[MANIFEST])
            landing = target if os.path.lexists(target) else partial
            is_begun = os.path.lexists(landing)
            try:
                self._bring(source, landing, papers)
            except ReleaseError:
                if not is_begun:
                    remove(landing)
                raise
            sync_release(landing, papers.manifest)
            if landing == partial:
                partial.rename(target)
            elif os.path.realpath(source) == os.path.realpath(partial):
                remove(partial)  # what a pusher has filled to mend what is here
            sync(self.folder)
        return papers.manifest

    def activate(self, release_id: str, *, trial: Trial, allow_downgrade: bool = False) -> Manifest:
        """Make a release that is here the current one, after verifying it and trying it out.

        :param allow_downgrade: where signatures are asked for, take one that was made before the current one, or is
            dated far ahead.
        :raises ReleaseError: before anything has changed.
        """
        with self._alone():
            now = self.current
            manifest = self._examine(release_id, trial)
            is_new = now is None or now.release_id != release_id
            if is_new and self.allowed_signers is not None and not allow_downgrade:
                refuse_downgrade(manifest, self.folder / CURRENT)
            if now is None:
                switch(self.folder, release_id, previous=None)
            elif now.release_id != release_id:
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
        return [*map(plain, leftovers), *unneeded]

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

    def _bring(self, source: Path, landing: Path, papers: Papers) -> None:
        """Let ``landing`` hold a release, and see that it does."""
        is_partial = landing.name.startswith(".")
        if os.path.realpath(landing) != os.path.realpath(source):
            self._copy(source, landing, papers)
        elif is_partial and not landing.is_symlink() and is_ours_alone(landing):
            clear_away(landing, papers.manifest, papers.texts)
        elif is_partial:
            self._copy_anew(landing, papers)
        if self.check(landing) != papers.manifest:
            what = f"{source}: it was changed while it was read"
            raise ReleaseError(what, mend="give the same command again when nobody writes there")

    def _copy(self, source: Path, landing: Path, papers: Papers) -> None:
        if landing.name.startswith("."):
            clear_away(landing, papers.manifest, papers.texts)
        elif landing.is_symlink():
            what = f"{landing}: a link, in whose place the release belongs"
            raise ReleaseError(what, mend=f"sudo rm {landing}")
        missing = lacking(landing, papers.manifest)
        size = sum(entry.size for entry in missing.values())
        check_free_space(landing, size and size + sum(map(len, papers.texts.values())))
        copy_release(source, landing, missing, papers.texts)

    def _copy_anew(self, landing: Path, papers: Papers) -> None:
        """Copy what a pusher has put in place, where others could still change it after it was checked."""
        pushed = landing.with_name(f"{landing.stem}.pushed{_PARTIAL}")
        remove(pushed)
        landing.rename(pushed)
        try:
            self._copy(pushed, landing, papers)
        except ReleaseError:
            remove(landing)
            pushed.rename(landing)
            raise
        with suppress(OSError):  # who still writes there keeps it from going; collect clears it away
            remove(pushed)

    def _examine(self, release_id: str, trial: Trial) -> Manifest:
        folder = self.folder / release_id
        manifest = check_stored_release(self.folder, release_id, self.allowed_signers)
        trial(folder)
        sync_release(folder, manifest)
        return manifest

    def _way_back(self, now: Activation, release_id: str) -> str:
        """Keep the way back to the last release that was ready here, rather than to one that never was."""
        if now.previous in {None, release_id} or is_confirmed(now, read_boot_record(self.state_folder)):
            return now.release_id
        return str(now.previous)

    def _alone(self) -> AbstractContextManager[None]:
        return alone_in(self.folder, comfort="; the releases are as whole as before")


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
    _refuse_other_manifest(folder, read_manifest_bytes(source))


def check_free_space(landing: Path, needed: int) -> None:
    """Refuse before anything is written if the disk is too full for what is missing in ``landing``.

    :param needed: how many bytes are missing.
    :raises ReleaseError: with what it needs, and by how much that is too much.
    """
    free, wanted = shutil.disk_usage(landing.parent).free, needed + MARGIN_BYTES
    if needed and wanted > free:
        more = size_text(wanted - free)
        what = f"{landing.parent}: the release needs {size_text(wanted)}, a margin included, {more} more than free"
        raise ReleaseError(what, mend="make room, by mien release collect for one")


def _refuse_other_manifest(folder: Path, content: bytes) -> None:
    try:
        held = read_manifest_bytes(folder)
        parse_manifest(held, folder / MANIFEST)
    except ReleaseError:
        return  # nothing is there, or what is there cannot be used and is mended
    if held != content:
        what = f"{folder}: another release with this id is here already"
        raise ReleaseError(what, mend="pack the new release under an id of its own")
