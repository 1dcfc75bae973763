"""The steps of a push, a list that can be read before anything is done: what --dry-run prints is what is carried out.

songs ─▶ release ─▶ activate ─▶ restart and see it ready ─▶ delete (if asked to)
"""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device.errors import ReleaseError
from device.files.sizes import size_text
from device.files.untrusted import open_beneath
from device.releases.push_plan import PARTIAL_SONGS
from device.releases.push_protocol import PushOffer, SongFile
from tools.errors import FleetError
from tools.fleet.box import Link, TooOldError, ask_plan
from tools.fleet.gathering import MusicFolder, gathered, in_parts
from tools.fleet.results import count_of

_PAUSE_SECONDS = 0.5
_MOST_NAMED = 200
"""Files that are named before they are deleted; a longer list nobody reads."""

_AS_ROOT = ("--copy-links", "--chmod=a+rX,u+w")
"""The links are our own (:mod:`tools.fleet.gathering`)."""


class Step(Protocol):
    """One thing that a push does to a box."""

    def describe(self) -> str:
        """Say in a few words what it changes."""

    def details(self) -> tuple[str, ...]:
        """Name every file that it touches."""

    def carry_out(self, box: Link) -> None:
        """Do it.

        :raises MienError: if it fails; the same push given again goes on from there.
        """


@dataclass(frozen=True, slots=True)
class SendSongs:
    """Bring music files to the box; those sent by half wait in a hidden folder and go on."""

    source: Path
    folder: str
    songs: Mapping[str, SongFile]
    by_content: bool = False
    """Whether the box has them in this size, and both sides are to compare them before any travels."""

    def describe(self) -> str:
        """Say in a few words what it changes."""
        songs, size = count_of(len(self.songs), "song"), size_text(self._size(self.songs))
        if self.by_content:
            return f"compare {songs}, {size}, whose times differ, with those in {self.folder}; what is the same stays"
        return f"send {songs}, {size}, to {self.folder}"

    def details(self) -> tuple[str, ...]:
        """Name every file that it touches."""
        return tuple(self.songs)

    def carry_out(self, box: Link) -> None:
        """Do it; the box notes first what a push brings, so that a push may remove it again."""
        with suppress(TooOldError):  # an older mien notes nothing, and nothing is removed from it
            box.run("mien", "music", "note", given=PushOffer(songs=self.songs).text())
        comparing = ("--checksum",) if self.by_content else ()
        flags = ("--times", "--omit-dir-times", *comparing, *_AS_ROOT, f"--partial-dir={PARTIAL_SONGS}")
        music, transfer = MusicFolder(self.source), box.transfer(len(self.songs), self._size(self.songs))
        for part in in_parts(tuple(self.songs)):
            size = self._size(part)
            with gathered(part, music.open) as place:
                box.send(place, self.folder, part, flags, size=size, hear=transfer.hear)
            transfer.pass_part(len(part), size)

    def _size(self, names: Iterable[str]) -> int:
        return sum(self.songs[name].size for name in names)


@dataclass(frozen=True, slots=True)
class SendRelease:
    """Put a release together on the box, from files that travel and files that it has."""

    source: Path
    landing: str
    files: tuple[str, ...]
    """All that make up the release."""
    missing: tuple[str, ...]
    """Of the files, those that travel."""
    size: int
    """Of those that travel, in bytes."""
    copy_from: tuple[str, ...]

    def describe(self) -> str:
        """Say in a few words what it changes."""
        held, travelling = len(self.files) - len(self.missing), count_of(len(self.missing), "file")
        return f"send {travelling} of the release, {size_text(self.size)}; the box has {held} of it"

    def details(self) -> tuple[str, ...]:
        """Name every file that travels."""
        return self.missing

    def carry_out(self, box: Link) -> None:
        """Do it."""
        copies = (f"--copy-dest={folder}" for folder in self.copy_from)
        flags = ("--checksum", "--inplace", *_AS_ROOT, *copies)
        transfer = box.transfer(len(self.missing), self.size)
        with gathered(self.files, lambda name: open_beneath(self.source, name)) as place:
            box.send(place, self.landing, self.files, flags, size=self.size, hear=transfer.hear)
        transfer.pass_part(len(self.missing), self.size)


@dataclass(frozen=True, slots=True)
class Activate:
    """Let the box check the release, try it, and switch to it."""

    release_id: str
    place: str
    """The release's id if the box has it, else the folder in which it was put together."""
    instead_of: str | None
    allow_downgrade: bool

    def describe(self) -> str:
        """Say in a few words what it changes."""
        return f"activate release {self.release_id}" + (f" instead of {self.instead_of}" if self.instead_of else "")

    def details(self) -> tuple[str, ...]:
        """Name every file that it touches."""
        return ()

    def carry_out(self, box: Link) -> None:
        """Do it."""
        allowed = ("--allow-downgrade",) if self.allow_downgrade else ()
        box.run("mien", "release", "activate", self.place, *allowed)


@dataclass(frozen=True, slots=True)
class GoBack:
    """Let the box switch to its previous release."""

    current: str
    previous: str

    def describe(self) -> str:
        """Say in a few words what it changes."""
        return f"go back from release {self.current} to {self.previous}"

    def details(self) -> tuple[str, ...]:
        """Name every file that it touches."""
        return ()

    def carry_out(self, box: Link) -> None:
        """Do it."""
        box.run("mien", "release", "rollback")


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the daemon again, and wait until it is ready on the release."""

    release_id: str
    patience_seconds: float

    def describe(self) -> str:
        """Say in a few words what it changes."""
        return "restart mien and see it ready"

    def details(self) -> tuple[str, ...]:
        """Name every file that it touches."""
        return ()

    def carry_out(self, box: Link) -> None:
        """Do it."""
        restart(box, self.release_id, patience_seconds=self.patience_seconds)


@dataclass(frozen=True, slots=True)
class DeleteSongs:
    """Remove music that an earlier push brought and the table does not name; the box sees to it that it is no other."""

    folder: str
    songs: tuple[str, ...]

    def describe(self) -> str:
        """Say in a few words what it changes."""
        return f"delete {count_of(len(self.songs), 'file')} from {self.folder} that an earlier push brought"

    def details(self) -> tuple[str, ...]:
        """Name the files that it touches, the first of very many."""
        more = len(self.songs) - _MOST_NAMED
        return (*self.songs[:_MOST_NAMED], f"and {more} more") if more > 0 else self.songs

    def carry_out(self, box: Link) -> None:
        """Do it."""
        box.run("mien", "music", "clear", given="".join(f"{song}\0" for song in self.songs))


@dataclass(frozen=True, slots=True)
class Collect:
    """Clear away releases that no longer serve."""

    def describe(self) -> str:
        """Say in a few words what it changes."""
        return "delete releases that no longer serve (mien release collect)"

    def details(self) -> tuple[str, ...]:
        """Name every file that it touches."""
        return ()

    def carry_out(self, box: Link) -> None:
        """Do it."""
        box.run("mien", "release", "collect")


def restart(box: Link, release_id: str, *, patience_seconds: float) -> None:
    """Start the daemon again, and return when it is ready on a release.

    ``systemctl restart`` returns when the daemon is ready or its first start failed. Then it has another one, after
    which the box goes back by itself; so what happened is told by which release is the current one, and whether the
    daemon became ready on it.

    :raises ReleaseError: if the box went back.
    :raises FleetError: if neither has happened when the patience is at its end.
    """
    deadline = time.monotonic() + patience_seconds
    trouble = _restart(box)
    while True:
        now = ask_plan(box, PushOffer())
        if now.current != release_id:
            what = f"the box {now.notice}" if now.notice else f"the box is on release {now.current}, not {release_id}"
            raise ReleaseError(what, mend="see journalctl -u mien there; mend the release and push it under a new id")
        if now.confirmed:
            return
        if time.monotonic() > deadline:
            what = f"not ready on {release_id} within {patience_seconds:.0f} s{trouble}"
            raise FleetError(what, mend="see journalctl -u mien and mien doctor there")
        time.sleep(_PAUSE_SECONDS)


def _restart(box: Link) -> str:
    """Restart the unit, even if its start limit was hit; return what systemctl had to say against it."""
    try:
        box.run("sh", "-c", "systemctl reset-failed mien 2>/dev/null; exec systemctl restart mien")
    except FleetError as error:
        return f"; {error.what}"
    return ""
