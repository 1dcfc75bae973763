"""A push as the rollout sees it: what one box lacks, and the steps that bring it there."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from device.errors import ReleaseError
from device.recommendation.song_table import read_song_table
from device.releases.manifest import MANIFEST, SIGNATURE, SONG_TABLE, Manifest, verify
from device.releases.push_protocol import Plan, Presence, PushOffer, SongFile
from tools.fleet.box import Box, ask_plan
from tools.fleet.rollout import Prepared, prepared
from tools.fleet.steps import Activate, Collect, DeleteSongs, Restart, SendRelease, SendSongs, Step


@dataclass(frozen=True, slots=True)
class PushContents:
    """What lies ready here, and how it is offered to every box alike."""

    release: Path | None
    manifest: Manifest | None
    music: Path | None
    offer: PushOffer
    songs_absent: int = 0
    """Songs that the release's table names and the music folder here has not."""

    @property
    def release_files(self) -> tuple[str, ...]:
        """Everything of the release that a box needs, its manifest last."""
        if self.manifest is None:
            return ()
        signature = () if self.offer.signature is None else (SIGNATURE,)
        return (*self.manifest.files, *signature, MANIFEST)


@dataclass(frozen=True, slots=True)
class Pushing:
    """What every box is to have."""

    contents: PushContents
    delete: bool
    """Whether to delete in the end what the push makes useless."""
    patience_seconds: float

    def prepare(self, box: Box) -> Prepared:
        """Ask a box what it lacks.

        :raises MienError: if it cannot be asked.
        """
        plan = ask_plan(box, self.contents.offer)
        goal = plan.release.release_id if plan.release else plan.current
        return prepared(box, plan, goal, self.steps(plan))

    def steps(self, plan: Plan) -> Iterator[Step]:
        """Say what is to be done to a box of this plan, nothing if it has it all."""
        songs, release, contents = plan.songs, plan.release, self.contents
        is_new = release is not None and release.presence is not Presence.CURRENT
        if songs and songs.missing:
            yield SendSongs(str(contents.music), songs.folder, songs.missing, songs.send_bytes)
        if release and release.landing:
            yield SendRelease(
                source=str(contents.release),
                landing=release.landing,
                files=contents.release_files,
                missing=release.missing,
                size=release.send_bytes,
                copy_from=release.copy_from,
            )
        if release and is_new:
            place = release.landing or release.release_id
            yield Activate(release.release_id, place, plan.current, contents.offer.allow_downgrade)
        if release and (is_new or not plan.confirmed):
            yield Restart(release.release_id, self.patience_seconds)
        if self.delete and songs and songs.surplus:
            yield DeleteSongs(songs.folder, songs.surplus)
        if self.delete and is_new:
            yield Collect()


def load_contents(
    release: Path | None, music: Path | None, *, list_surplus: bool = False, allow_downgrade: bool = False
) -> PushContents:
    """Check what is to be pushed.

    :raises ReleaseError: if the release is not whole, or the music folder is none or has no song of its table.
    """
    manifest, manifest_text, signature = None, None, None
    if release is not None:
        manifest = verify(release)
        manifest_text = (release / MANIFEST).read_bytes().decode()
        signature = _text_of(release / SIGNATURE)
    songs, absent = None, 0
    if music is not None:
        songs, absent = _songs_of(music, release)
    offer = PushOffer(manifest_text, signature, songs, list_surplus and music is not None, allow_downgrade)
    return PushContents(release, manifest, music, offer, absent)


def _songs_of(music: Path, release: Path | None) -> tuple[Mapping[str, SongFile], int]:
    """Measure the songs that the release's table names, or without a release all files."""
    if not music.is_dir():
        what = f"{music}: there is no such music folder"
        raise ReleaseError(what, mend="name the folder that the song table's paths start from")
    if release is None:
        return dict(_measured(music, _files_under(music))), 0
    named = list(read_song_table(release / SONG_TABLE).paths())
    songs = dict(_measured(music, named))
    if named and not songs:
        what = f"{music}: none of the {len(named)} songs of {release / SONG_TABLE} is there"
        raise ReleaseError(what, mend="name the folder that was analysed")
    return songs, len(named) - len(songs)


def _measured(music: Path, paths: Iterable[str]) -> Iterator[tuple[str, SongFile]]:
    for path in paths:
        file = music / path
        if file.is_file():
            found = file.stat()
            yield path, SongFile(found.st_size, int(found.st_mtime))


def _files_under(folder: Path) -> Iterator[str]:
    """Name every file whose name is text; a song table names no others.

    Links are followed, since a table names songs by the links that lead to them; where songs are deleted, on a box
    (:mod:`device.releases.push_plan`), they are not.
    """
    for parent, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = f"{parent}/{name}"[len(f"{folder}/") :]
            if path.isprintable() or path.encode(errors="ignore").decode() == path:
                yield path


def _text_of(path: Path) -> str | None:
    return path.read_bytes().decode() if path.is_file() else None
