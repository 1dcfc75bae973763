"""A push as the rollout sees it: what one box lacks, and the steps that bring it there."""

import os
import shlex
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from device.errors import ReleaseError
from device.files.untrusted import open_beneath, read_at_most
from device.recommendation.song_table import read_song_table
from device.releases.manifest import (
    MANIFEST,
    MOST_MANIFEST_BYTES,
    SIGNATURE,
    SONG_TABLE,
    Manifest,
    read_manifest,
    verify,
)
from device.releases.push_protocol import Plan, Presence, PushOffer, SongFile
from device.releases.signature import MOST_SIGNATURE_BYTES
from tools.errors import FleetError
from tools.fleet.box import Box, ask_plan
from tools.fleet.gathering import MusicFolder, OutsideError
from tools.fleet.results import count_of
from tools.fleet.rollout import Prepared, interruption, prepared
from tools.fleet.steps import Activate, Collect, DeleteSongs, Restart, SendRelease, SendSongs, Step

_MOST_SOURCES = 20
"""Folders that rsync takes for --copy-dest."""
_NAMED = 3
"""Names that are told of many."""
_MISTRUST = "do not trust this box: look at it, and install it anew if nobody knows why"


@dataclass(frozen=True, slots=True)
class PushContents:
    """What lies ready here, and how it is offered to every box alike."""

    release: Path | None
    manifest: Manifest | None
    music: Path | None
    offer: PushOffer
    songs_named: frozenset[str] = frozenset()
    """Songs that the release's table names, whether they are here or not."""
    songs_absent: int = 0
    """Of those, how many the music folder here has not."""
    songs_outside: tuple[str, ...] = ()
    """Songs that only a link leads to, out of the music folder; they are not sent."""

    @property
    def release_files(self) -> tuple[str, ...]:
        """Everything of the release that a box needs, its manifest last."""
        if self.manifest is None:
            return ()
        signature = () if self.offer.signature is None else (SIGNATURE,)
        return (*self.manifest.files, *signature, MANIFEST)

    def warnings(self) -> Iterator[str]:
        """Say what of the music does not travel."""
        if self.songs_absent:
            songs = count_of(self.songs_absent, "song")
            yield f"{self.music}: lacks {songs} of the table, which cannot be pushed"
        if self.songs_outside:
            names = count_of(len(self.songs_outside), "name")
            yield (
                f"{self.music}: {names} not pushed, since links lead out of this folder: {_some(self.songs_outside)} "
                "(mend: copy them into it, or name the folder that they lie in)"
            )


@dataclass(frozen=True, slots=True)
class Pushing:
    """What every box is to have."""

    contents: PushContents
    delete: bool
    """Whether to delete in the end what the push makes useless."""
    patience_seconds: float

    def prepare(self, box: Box) -> Prepared:
        """Ask a box what it lacks.

        :raises MienError: if it cannot be asked, or asks for what it was not offered.
        """
        plan = ask_plan(box, self.contents.offer)
        goal = plan.release.release_id if plan.release else plan.current
        steps = self.steps(plan)
        return prepared(box, plan, goal, steps, (*self.remarks(plan), *interruption(box, steps)))

    def steps(self, plan: Plan) -> tuple[Step, ...]:
        """Say what is to be done to a box of this plan, nothing if it has it all or something is in the way.

        :raises FleetError: if the plan does not answer the offer.
        """
        if plan.obstacles:
            return ()
        check_answer(plan, self.contents)
        return tuple(self._steps(plan))

    def remarks(self, plan: Plan) -> Iterator[str]:
        """Say what --delete leaves where it is, and why."""
        songs = plan.songs
        if not self.delete or songs is None:
            return
        if songs.kept is None:
            yield f"nothing is deleted from {songs.folder}: its mien is too old to know what a push brought"
        elif songs.kept:
            files = count_of(songs.kept, "file")
            yield f"{files} in {songs.folder} that no table names will stay: no push brought them"

    def _steps(self, plan: Plan) -> Iterator[Step]:
        songs, release, contents = plan.songs, plan.release, self.contents
        is_new = release is not None and release.presence is not Presence.CURRENT
        if songs and songs.missing and contents.music:
            offered, retimed = contents.offer.songs or {}, frozenset(songs.retimed)
            for by_content in (False, True):
                if chosen := {name: offered[name] for name in songs.missing if (name in retimed) is by_content}:
                    yield SendSongs(contents.music, songs.folder, chosen, by_content)
        if release and release.landing and contents.release and contents.manifest:
            missing = tuple(dict.fromkeys(release.missing))
            files = contents.manifest.files
            yield SendRelease(
                source=contents.release,
                landing=release.landing,
                files=contents.release_files,
                missing=missing,
                size=sum(files[name].size for name in missing if name in files),
                copy_from=release.copy_from[:_MOST_SOURCES],
            )
        if release and is_new:
            place = release.landing or release.release_id
            yield Activate(release.release_id, place, plan.current, contents.offer.allow_downgrade)
        if release and (is_new or not plan.confirmed):
            yield Restart(release.release_id, self.patience_seconds)
        if self.delete and songs and (surplus := self._surplus(plan)):
            yield DeleteSongs(songs.folder, surplus)
        if self.delete and is_new:
            yield Collect()

    def _surplus(self, plan: Plan) -> tuple[str, ...]:
        """Return what may go: a mien that does not tell what a push brought has named everything."""
        if plan.songs is None or plan.songs.kept is None:
            return ()
        return tuple(name for name in plan.songs.surplus if name not in self.contents.songs_named)


def check_answer(plan: Plan, contents: PushContents) -> None:
    """Look whether a plan answers what was offered: a box decides nothing that is not its own affair.

    :raises FleetError: if it asks for other files, or names folders that are none.
    """
    songs, release = plan.songs, plan.release
    if songs is not None:
        _refuse_strangers(songs.missing, contents.offer.songs or (), "song")
        _refuse_odd_folders(songs.folder)
    if release is not None:
        _refuse_strangers(release.missing, contents.release_files, "file")
        _refuse_odd_folders(*filter(None, (release.landing,)), *release.copy_from)
    wanted = contents.manifest.release_id if contents.manifest else None
    answered = release.release_id if release else None
    if answered != wanted or (songs is None) != (contents.offer.songs is None):
        what = "it answers something else than what it was offered"
        raise FleetError(what, mend=_MISTRUST)


def load_contents(
    release: Path | None, music: Path | None, *, list_surplus: bool = False, allow_downgrade: bool = False
) -> PushContents:
    """Check what is to be pushed.

    :raises ReleaseError: if the release is not whole, or the music folder is none or has no song of its table.
    """
    manifest, manifest_text, signature = None, None, None
    if release is not None:
        manifest_text = _text_of(release, MANIFEST, MOST_MANIFEST_BYTES)
        if os.path.lexists(release / SIGNATURE):
            signature = _text_of(release, SIGNATURE, MOST_SIGNATURE_BYTES)
        for name in read_manifest(release).files:
            _open(release, name).close()
        manifest = _packed(release)
    named, songs, absent = frozenset[str](), None, 0
    outside: tuple[str, ...] = ()
    if music is not None:
        named = frozenset() if release is None else frozenset(read_song_table(release / SONG_TABLE).paths())
        songs, absent, outside = _songs_of(music, named, release)
    offer = PushOffer(manifest_text, signature, songs, list_surplus and music is not None, allow_downgrade)
    return PushContents(release, manifest, music, offer, named, absent, outside)


def _songs_of(
    music: Path, named: Collection[str], release: Path | None
) -> tuple[Mapping[str, SongFile], int, tuple[str, ...]]:
    """Measure the songs that the release's table names, or without a release all music.

    :returns: those that can be sent, how many are absent, and those that lie outside the folder.
    """
    if not music.is_dir():
        what = f"{music}: there is no such music folder"
        raise ReleaseError(what, mend="name the folder that the song table's paths start from")
    folder, songs, outside = MusicFolder(music), dict[str, SongFile](), list[str]()
    for name in folder.names() if release is None else named:
        try:
            song = folder.measure(name)
        except OutsideError:
            outside.append(name)
        else:
            if song:
                songs[name] = song
    outside += folder.folders_outside
    if release and named and not songs:
        what = f"{music}: none of the {len(named)} songs of {release / SONG_TABLE} is there"
        if outside:
            what += f", but links that lead out of this folder: {_some(sorted(outside))}"
        raise ReleaseError(what, mend="name the folder that was analysed")
    absent = 0 if release is None else len(named) - len(songs) - len(outside)
    return songs, absent, tuple(sorted(outside))


def _packed(release: Path) -> Manifest:
    """Check that a release is as it was packed; nobody but its owner has it, so that packing it anew mends it."""
    try:
        return verify(release)
    except ReleaseError as error:
        raise ReleaseError(error.what, mend=_pack(release)) from error


def _pack(release: Path) -> str:
    today = datetime.now().astimezone().date()
    return f"pack it: mien-tools pack-release {shlex.quote(str(release))} --id {today:%Y.%m.%d}"


def _text_of(release: Path, name: str, most_bytes: int) -> str:
    """Read a small file of a release, as long as a box would take it."""
    try:
        with _open(release, name) as file:
            return read_at_most(file, most_bytes).decode()
    except (OSError, UnicodeDecodeError) as error:
        what = f"{release / name}: cannot be read ({error})"
        raise ReleaseError(what, mend=_pack(release)) from error


def _open(release: Path, name: str) -> BinaryIO:
    """Open a file of a release, in which no link is followed: it may come from anywhere."""
    try:
        return open_beneath(release, name)
    except FileNotFoundError as error:
        if not release.is_dir():
            what = f"{release}: there is no such folder"
            raise ReleaseError(what, mend="name the folder of a packed release") from error
        what = f"{release}: not a whole release, {name} is missing"
        raise ReleaseError(what, mend=_pack(release)) from error
    except OSError as error:
        what = f"{release / name}: cannot be sent ({error.strerror})"
        raise ReleaseError(what, mend="put the file itself there, and pack the release again") from error


def _refuse_strangers(asked: Iterable[str], offered: Container[str], noun: str) -> None:
    """Refuse a box that asks for something else than it was offered."""
    strangers = [name for name in asked if name not in offered]
    if strangers:
        what = f"it asks for {count_of(len(strangers), noun)} not offered to it: {_some(strangers)}"
        raise FleetError(what, mend=_MISTRUST)


def _refuse_odd_folders(*folders: str) -> None:
    for folder in folders:
        if not folder.startswith("/") or not folder.isprintable():
            what = f"it names a folder that is none: {folder}"
            raise FleetError(what, mend=_MISTRUST)


def _some(names: Sequence[str]) -> str:
    """Name the first of many."""
    return ", ".join(islice(names, _NAMED)) + (", …" if len(names) > _NAMED else "")
